import { backend_util, gather_util, util } from '@tensorflow/tfjs-core';
import { aten, atenNumber, scalarType } from '../aten';
import { defineKernel, Input } from '../define-kernel';
import { Handle } from '../native';

/** Coordinates [count, rank] → the index of each row in the tensor flattened to rows. */
function flatIndices({ handle }: Input, rank: number, count: number, strides: number[]): Handle {
  const coordinates = aten('reshape', handle, [count, rank]);
  return strides
    .slice(0, rank)
    .map((stride, axis) => aten('mul.Scalar', aten('select.int', coordinates, 1, axis), stride))
    .reduce((sum, part) => aten('add.Tensor', sum, part), aten('new_zeros', handle, [count]));
}

function checkIndices(indices: Handle, rows: number, shape: readonly number[]): void {
  const outside = aten(
    'logical_or',
    aten('lt.Scalar', indices, 0),
    aten('ge.Scalar', indices, rows),
  );
  if (atenNumber('item', aten('any', outside))) {
    throw new Error(`Invalid indices: an index does not index into a tensor of shape ${shape}`);
  }
}

function gather(x: Input, indices: Input, axis: number, batchDims: number): Handle {
  const along = util.parseAxisParam(axis, x.shape)[0]!;
  const info = backend_util.segment_util.collectGatherOpShapeInfo(
    { shape: x.shape } as never,
    { shape: indices.shape } as never,
    along,
    batchDims,
  );
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const count = util.sizeFromShape(indices.shape) / batchSize;
  if (batchSize === 1) {
    const rows = aten('reshape', x.handle, [outerSize, dimSize, sliceSize]);
    const picked = aten('index_select', rows, 1, aten('reshape', indices.handle, [count]));
    return aten('reshape', picked, outputShape);
  }
  const rows = aten('reshape', x.handle, [batchSize, outerSize, dimSize, sliceSize]);
  const index = aten('reshape', indices.handle, [batchSize, 1, count, 1]);
  const wide = aten('expand', aten('_to_copy', index, scalarType.int64), [
    batchSize,
    outerSize,
    count,
    sliceSize,
  ]);
  return aten('reshape', aten('gather', rows, 2, wide), outputShape);
}

export function registerIndexing(): void {
  defineKernel('GatherV2', ({ x, indices }, { axis, batchDims }) =>
    gather(x!, indices!, axis, batchDims),
  );
  defineKernel('GatherNd', ({ params, indices }) => {
    const [shape, count, sliceSize, strides] = gather_util.prepareAndValidate(
      { shape: params!.shape, rank: params!.shape.length } as never,
      { shape: indices!.shape, rank: indices!.shape.length, dtype: indices!.dtype } as never,
    );
    const flat = flatIndices(indices!, indices!.shape.at(-1)!, count, strides);
    const rows = util.sizeFromShape(params!.shape) / sliceSize;
    checkIndices(flat, rows, params!.shape);
    const table = aten('reshape', params!.handle, [rows, sliceSize]);
    return aten('reshape', aten('index_select', table, 0, flat), shape);
  });

  const scatter = (
    [indices, updates]: [Input, Input],
    shape: number[],
    put: (rows: number, sliceSize: number, index: Handle, values: Handle) => Handle,
  ): Handle => {
    const info = backend_util.calculateShapes(
      { shape: updates.shape, rank: updates.shape.length } as never,
      { shape: indices.shape, rank: indices.shape.length } as never,
      shape,
    );
    const { sliceRank, numUpdates, sliceSize, strides, outputSize } = info;
    if (outputSize === 0) return aten('new_zeros', updates.handle, shape);
    const rows = outputSize / sliceSize;
    const index = flatIndices(indices, sliceRank, numUpdates, strides);
    checkIndices(index, rows, shape);
    const values =
      updates.shape.length === 0
        ? aten('expand', updates.handle, [numUpdates, sliceSize])
        : aten('reshape', updates.handle, [numUpdates, sliceSize]);
    return aten('reshape', put(rows, sliceSize, index, values), shape);
  };

  defineKernel('ScatterNd', ({ indices, updates }, { shape }) =>
    scatter([indices!, updates!], shape, (rows, sliceSize, index, values) =>
      aten('index_add', aten('new_zeros', updates!.handle, [rows, sliceSize]), 0, index, values),
    ),
  );
  defineKernel('TensorScatterUpdate', ({ tensor, indices, updates }) =>
    scatter([indices!, updates!], tensor!.shape, (rows, sliceSize, index, values) => {
      const table = aten('reshape', tensor!.handle, [rows, sliceSize]);
      return aten('index_copy', table, 0, aten('_to_copy', index, scalarType.int64), values);
    }),
  );
  defineKernel('SparseToDense', ({ sparseIndices, sparseValues, defaultValue }, { outputShape }) =>
    scatter([sparseIndices!, sparseValues!], outputShape, (rows, sliceSize, index, values) => {
      const table = aten('repeat', aten('reshape', defaultValue!.handle, [1, 1]), [
        rows,
        sliceSize,
      ]);
      return aten('index_copy', table, 0, aten('_to_copy', index, scalarType.int64), values);
    }),
  );
  defineKernel('UnsortedSegmentSum', ({ x, segmentIds }, { numSegments }) => {
    const [count, ...rest] = x!.shape as [number, ...number[]];
    const ids = aten('reshape', segmentIds!.handle, [count]);
    // Ids out of range are dropped by summing them into an extra row that is cut off.
    const outside = aten(
      'logical_or',
      aten('lt.Scalar', ids, 0),
      aten('ge.Scalar', ids, numSegments),
    );
    const safe = aten('masked_fill.Scalar', ids, outside, numSegments);
    const sums = aten(
      'index_add',
      aten('new_zeros', x!.handle, [numSegments + 1, ...rest]),
      0,
      safe,
      x!.handle,
    );
    return aten('narrow', sums, 0, 0, numSegments);
  });
}
