import { TensorInfo, upcastType } from '@tensorflow/tfjs-core';
import { aten, isOf, scalarType } from '../aten';
import { Attributes, defineKernel, Input, registerShared } from '../define-kernel';
import { Handle } from '../native';
import { asOperand } from '../bfloat16';
import { scalarTypeOf } from '../data-types';

/** Kernels of one tensor that map directly to an operator. */
const unary: Record<string, string> = {
  Abs: 'abs',
  Acos: 'acos',
  Acosh: 'acosh',
  Asin: 'asin',
  Asinh: 'asinh',
  Atan: 'atan',
  Atanh: 'atanh',
  Ceil: 'ceil',
  Cos: 'cos',
  Cosh: 'cosh',
  Erf: 'erf',
  Exp: 'exp',
  Expm1: 'expm1',
  Floor: 'floor',
  IsInf: 'isinf',
  IsNan: 'isnan',
  Log: 'log',
  Log1p: 'log1p',
  LogicalNot: 'logical_not',
  Neg: 'neg',
  Reciprocal: 'reciprocal',
  Relu: 'relu',
  Round: 'round',
  Rsqrt: 'rsqrt',
  Sigmoid: 'sigmoid',
  Sign: 'sign',
  Sin: 'sin',
  Sinh: 'sinh',
  Sqrt: 'sqrt',
  Square: 'square',
  Tan: 'tan',
  Tanh: 'tanh',
};

/** Kernels of one tensor that need a constant, an attribute or several operators. */
const unaryWith: Record<string, (x: Handle, attrs: Attributes, input: Input) => Handle> = {
  ClipByValue: (x, { clipValueMin, clipValueMax }) => aten('clamp', x, clipValueMin, clipValueMax),
  Elu: (x) => aten('elu', x),
  IsFinite: (x) => aten('isfinite', x),
  LeakyRelu: (x, { alpha }) => aten('leaky_relu', aten('_to_copy', x, scalarType.float32), alpha),
  OnesLike: (x) => aten('ones_like', x),
  Relu6: (x) => aten('clamp', x, 0, 6),
  Selu: (x) => aten('selu', x),
  Softplus: (x) => aten('logaddexp', x, aten('zeros_like', x)),
  Step: (x, { alpha }, { dtype }) => {
    const slope = dtype === 'float32' ? alpha : Math.trunc(alpha);
    const positive = aten('gt.Scalar', x, 0);
    const step = aten('where.self', positive, aten('ones_like', x), aten('full_like', x, slope));
    return aten('where.self', aten('ne.Tensor', x, x), x, step);
  },
  ZerosLike: (x) => aten('zeros_like', x),
};

const binary: Record<string, string> = {
  Atan2: 'atan2',
  BitwiseAnd: 'bitwise_and.Tensor',
  Equal: 'eq.Tensor',
  Greater: 'gt.Tensor',
  GreaterEqual: 'ge.Tensor',
  Less: 'lt.Tensor',
  LessEqual: 'le.Tensor',
  LogicalAnd: 'logical_and',
  LogicalOr: 'logical_or',
  Maximum: 'maximum',
  Minimum: 'minimum',
  Multiply: 'mul.Tensor',
  NotEqual: 'ne.Tensor',
  RealDiv: 'div.Tensor',
  Sub: 'sub.Tensor',
};

const binaryWith: Record<string, (a: Input, b: Input) => Handle> = {
  Add: (a, b) => {
    // A bias does not promote a convolution's bfloat16 output to float32.
    const isBias =
      b.shape.length === 1 && a.shape.length > 1 && isOf(a.handle, scalarType.bfloat16);
    return aten('add.Tensor', asNumbers(a), isBias ? asOperand(b.handle) : asNumbers(b));
  },
  EluGrad: ({ handle: dy }, { handle: y }) =>
    aten(
      'where.self',
      aten('ge.Scalar', y, 0),
      dy,
      aten('mul.Tensor', dy, aten('add.Scalar', y, 1)),
    ),
  FloorDiv: (a, b) => floorDivide(a, b),
  Mod: ({ handle: a }, { handle: b }) => aten('remainder.Tensor', a, b),
  Pow: ({ handle: a, dtype }, { handle: b }) => {
    if (dtype !== 'int32') return aten('pow.Tensor_Tensor', a, b);
    const power = aten('pow.Tensor_Tensor', aten('_to_copy', a, scalarType.float64), b);
    return aten('_to_copy', power, scalarType.int32);
  },
  Prelu: ({ handle: x }, { handle: alpha }) =>
    aten('where.self', aten('ge.Scalar', x, 0), x, aten('mul.Tensor', x, alpha)),
  SquaredDifference: ({ handle: a }, { handle: b }) => aten('square', aten('sub.Tensor', a, b)),
};

/** Divides integers via float64, as libtorch refuses to divide them by zero and tfjs's engines do not. */
function floorDivide({ handle: a, dtype }: Input, { handle: b }: Input): Handle {
  if (dtype !== 'int32') return aten('floor_divide', a, b);
  const quotient = aten('div.Tensor', aten('_to_copy', a, scalarType.float64), b);
  return aten('_to_copy', aten('floor', quotient), scalarType.int32);
}

/** Converts bools to integers, as tfjs computes with them. */
export function asNumbers({ handle, dtype }: Pick<Input, 'handle' | 'dtype'>): Handle {
  return dtype === 'bool' ? aten('_to_copy', handle, scalarType.int32) : handle;
}

const arithmetic = new Set(['Maximum', 'Minimum', 'Multiply', 'Sub', 'RealDiv']);

export function registerElementwise(): void {
  for (const [kernel, operator] of Object.entries(unary)) {
    defineKernel(kernel, ({ x }) => aten(operator, x!.handle));
  }
  for (const [kernel, compute] of Object.entries(unaryWith)) {
    defineKernel(kernel, ({ x }, attrs) => compute(x!.handle, attrs, x!));
  }
  for (const [kernel, operator] of Object.entries(binary)) {
    const operand = arithmetic.has(kernel) ? asNumbers : (input: Input) => input.handle;
    defineKernel(kernel, ({ a, b }) => aten(operator, operand(a!), operand(b!)));
  }
  for (const [kernel, compute] of Object.entries(binaryWith)) {
    defineKernel(kernel, (inputs) => {
      const [a, b] = Object.values(inputs) as [Input, Input];
      return compute(a, b);
    });
  }
  registerShared('Cast', ({ x }, { dtype }, backend) =>
    x!.dtype === dtype ? backend.share(x!, x!.shape) : backend.cast(x!, dtype),
  );
  defineKernel('AddN', (inputs) => {
    const [first, ...rest] = Object.values(inputs);
    return rest.reduce((sum, { handle }) => aten('add.Tensor', sum, handle), first!.handle);
  });
  defineKernel('Select', ({ condition, t, e }) => {
    const rank = t!.shape.length;
    const [length] = condition!.shape;
    // A vector condition selects whole rows.
    const chosen =
      condition!.shape.length === 1 && rank > 1
        ? aten('view', condition!.handle, [length!, ...Array<number>(rank - 1).fill(1)])
        : condition!.handle;
    const dtype = scalarTypeOf(upcastType(t!.dtype, e!.dtype));
    return aten('_to_copy', aten('where.self', chosen, t!.handle, e!.handle), dtype);
  });
}

/** The activations that tfjs's fused kernels name. */
export function activate(
  y: Handle,
  { activation, leakyreluAlpha }: { activation?: string; leakyreluAlpha?: number },
  preluWeights?: TensorInfo & { handle: Handle },
): Handle {
  switch (activation) {
    case undefined:
    case 'linear':
      return y;
    case 'relu':
      return aten('relu', y);
    case 'relu6':
      return aten('clamp', y, 0, 6);
    case 'elu':
      return aten('elu', y);
    case 'sigmoid':
      return aten('sigmoid', y);
    case 'leakyrelu':
      return aten('leaky_relu', y, leakyreluAlpha);
    case 'prelu':
      return aten(
        'where.self',
        aten('ge.Scalar', y, 0),
        y,
        aten('mul.Tensor', y, preluWeights!.handle),
      );
    default:
      throw new Error(`The torch engine does not support the activation ${activation}`);
  }
}
