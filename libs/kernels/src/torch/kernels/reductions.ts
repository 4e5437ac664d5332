import { util } from '@tensorflow/tfjs-core';
import { aten, atenMany, scalarType } from '../aten';
import { Attributes, defineKernel, Input } from '../define-kernel';
import { Handle } from '../native';
import { scalarTypeOf } from '../data-types';
import { asNumbers } from './elementwise';

function axes({ shape }: Input, axis: number | number[]): number[] {
  return util.parseAxisParam(axis, shape);
}

/** Flattens the reduced axes into a last one, [kept…, reduced], for operators that take only one axis. */
function reducedLast(
  x: Input,
  handle: Handle,
  reduced: number[],
): { flat: Handle; kept: number[] } {
  const keptAxes = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  const kept = keptAxes.map((axis) => x.shape[axis]!);
  const length = util.sizeFromShape(reduced.map((axis) => x.shape[axis]!));
  const moved = aten('permute', handle, [...keptAxes, ...reduced]);
  return { flat: aten('reshape', moved, [...kept, length]), kept };
}

type Reduction = (x: Input, reduced: number[], keepDims: boolean) => Handle;

function alongLast(operator: string, ...args: (number | boolean)[]): Reduction {
  return (x, reduced, keepDims) => {
    const { flat } = reducedLast(x, asNumbers(x), reduced);
    const y = aten(operator, flat, -1, false, ...args);
    return keepDims
      ? aten(
          'reshape',
          y,
          x.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size)),
        )
      : y;
  };
}

const reductions: Record<string, Reduction> = {
  All: alongLast('all.dim'),
  Any: alongLast('any.dim'),
  Max: (x, reduced, keepDims) => aten('amax', x.handle, reduced, keepDims),
  Mean: (x, reduced, keepDims) => aten('mean.dim', x.handle, reduced, keepDims, scalarType.float32),
  Min: (x, reduced, keepDims) => aten('amin', x.handle, reduced, keepDims),
  Prod: (x, reduced, keepDims) => {
    const dtype = scalarTypeOf(x.dtype === 'bool' ? 'int32' : x.dtype);
    return alongLast('prod.dim_int', dtype)(x, reduced, keepDims);
  },
  Sum: (x, reduced, keepDims) => {
    const dtype = x.dtype === 'float32' ? scalarType.float32 : scalarType.int32;
    return aten('sum.dim_IntList', x.handle, reduced, keepDims, dtype);
  },
};

/** Reduces over the axes. No axis means no reduction, whereas libtorch reads an empty list as all axes. */
function reduce(reduction: Reduction, x: Input, { axis, keepDims }: Attributes): Handle {
  const reduced = axes(x, axis);
  return reduced.length === 0 ? x.handle : reduction(x, reduced, keepDims ?? false);
}

/** Cumulative sum or product; a reverse one runs over the flipped tensor. */
function cumulate(operator: string, first: number): (x: Input, attrs: Attributes) => Handle {
  return (x, { axis, exclusive, reverse }) => {
    const along = axes(x, axis)[0]!;
    const dtype = scalarTypeOf(x.dtype === 'bool' ? 'int32' : x.dtype);
    const input = reverse ? aten('flip', x.handle, [along]) : x.handle;
    let y = aten(operator, input, along, dtype);
    if (exclusive) {
      const start = aten('full_like', aten('narrow', y, along, 0, 1), first);
      y = aten('cat', [start, aten('narrow', y, along, 0, x.shape[along]! - 1)], along);
    }
    return reverse ? aten('flip', y, [along]) : y;
  };
}

export function registerReductions(): void {
  for (const [kernel, reduction] of Object.entries(reductions)) {
    defineKernel(kernel, ({ x }, attrs) =>
      // Only tf.max has a different name for its axes.
      reduce(reduction, x!, { ...attrs, axis: attrs.axis ?? attrs.reductionIndices }),
    );
  }
  // tfjs ignores NaN, whereas libtorch treats it as the extreme.
  const withoutNaN = (x: Input, replacement: number) =>
    x.dtype === 'float32'
      ? aten('nan_to_num', x.handle, replacement, Infinity, -Infinity)
      : asNumbers(x);
  defineKernel('ArgMax', ({ x }, { axis }) =>
    aten('argmax', withoutNaN(x!, -Infinity), axes(x!, axis)[0]),
  );
  defineKernel('ArgMin', ({ x }, { axis }) =>
    aten('argmin', withoutNaN(x!, Infinity), axes(x!, axis)[0]),
  );
  const cumsum = cumulate('cumsum', 0);
  const cumprod = cumulate('cumprod', 1);
  defineKernel('Cumsum', ({ x }, attrs) => cumsum(x!, attrs));
  defineKernel('Cumprod', ({ x }, attrs) => cumprod(x!, attrs));
  defineKernel('Softmax', ({ logits }, { dim }) => aten('_softmax', logits!.handle, dim, false));
  defineKernel('LogSoftmax', ({ logits }, { axis }) =>
    aten('_log_softmax', logits!.handle, axis, false),
  );
  defineKernel('TopK', ({ x }, { k, sorted }) =>
    // A stable sort puts the lower index first among equals, which topk doesn't promise.
    atenMany('sort.stable', asNumbers(x!), true, -1, sorted || true).map((all) =>
      aten('narrow', all, -1, 0, k),
    ),
  );
}
