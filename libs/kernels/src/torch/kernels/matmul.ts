import { backend_util } from '@tensorflow/tfjs-core';
import { aten } from '../aten';
import { Attributes, defineKernel, Input, Inputs } from '../define-kernel';
import { Handle } from '../native';
import { activate } from './elementwise';

const transposed = (x: Handle, transpose: boolean) =>
  transpose ? aten('transpose.int', x, -2, -1) : x;

/** [batch…, rows, inner] × [batch…, inner, columns], either side transposed by a view. */
function multiply(a: Input, b: Input, { transposeA, transposeB }: Attributes): Handle {
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new Error(
      `Error in matMul: inputs must be matrices, but have shapes ${a.shape} and ${b.shape}`,
    );
  }
  const left = a.shape.slice(-2);
  const right = b.shape.slice(-2);
  const inner = [left[transposeA ? 0 : 1], right[transposeB ? 1 : 0]];
  if (inner[0] !== inner[1]) {
    throw new Error(
      `Error in matMul: inner shapes (${inner[0]}) and (${inner[1]}) of Tensors with shapes ${a.shape} and ` +
        `${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
    );
  }
  return aten('matmul', transposed(a.handle, transposeA), transposed(b.handle, transposeB));
}

function fusedMatMul({ a, b, bias, preluActivationWeights }: Inputs, attrs: Attributes): Handle {
  const product = multiply(a!, b!, attrs);
  return activate(
    bias ? aten('add.Tensor', product, bias.handle) : product,
    attrs,
    preluActivationWeights,
  );
}

export function registerMatMul(): void {
  defineKernel('BatchMatMul', ({ a, b }, attrs) => multiply(a!, b!, attrs));
  defineKernel('_FusedMatMul', fusedMatMul);
  defineKernel('Einsum', (inputs, { equation }) => {
    const tensors = Object.values(inputs);
    const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, tensors.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as never);
    return aten(
      'einsum',
      equation.replace(/\s/g, ''),
      tensors.map(({ handle }) => handle),
    );
  });
}
