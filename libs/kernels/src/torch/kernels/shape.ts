import { backend_util, DataType, slice_util, util } from '@tensorflow/tfjs-core';
import { aten, atenMany, freeingTemporaries, fromValues, scalarType } from '../aten';
import { defineKernel, Input, registerShared } from '../define-kernel';
import { Argument, Handle } from '../native';
import { scalarTypeOf } from '../data-types';

/** Device of newly created tensors. */
let device = 'cpu';

const handles = (inputs: Record<string, Input>) =>
  Object.values(inputs).map(({ handle }) => handle);

/** Pads every axis with a constant; libtorch lists the pairs from the last axis. */
export function pad(
  x: Handle,
  paddings: readonly (readonly [number, number])[],
  value: number,
): Handle {
  return aten('constant_pad_nd', x, paddings.slice().reverse().flat(), value);
}

function create(operator: string, dtype: DataType, ...args: Argument[]): Handle {
  return aten(operator, ...args, scalarTypeOf(dtype), null, device);
}

/** Slices one axis with any step; a negative step becomes a positive one over the flipped axis. */
function stridedAxis(
  x: Handle,
  axis: number,
  length: number,
  begin: number,
  end: number,
  step: number,
): Handle {
  if (step > 0) return aten('slice.Tensor', x, axis, begin, Math.max(begin, end), step);
  const flipped = aten('flip', x, [axis]);
  const first = length - 1 - begin;
  return aten('slice.Tensor', flipped, axis, first, Math.max(first, length - 1 - end), -step);
}

function mirrorIndices(length: number, before: number, after: number, offset: number): Int32Array {
  const indices = [];
  for (let i = 0; i < before; i++) indices.push(before - 1 - i + offset);
  for (let i = 0; i < length; i++) indices.push(i);
  for (let i = 0; i < after; i++) indices.push(length - 1 - i - offset);
  return Int32Array.from(indices);
}

function registerViews(): void {
  registerShared('Identity', ({ x }, _attrs, backend) => backend.share(x!, x!.shape.slice()));
  registerShared('Reshape', ({ x }, { shape }, backend) => {
    const size = util.sizeFromShape(x!.shape);
    const target = util.inferFromImplicitShape(shape, size);
    if (util.sizeFromShape(target) !== size) {
      throw new Error(`A tensor of shape [${x!.shape}] cannot be reshaped to [${target}]`);
    }
    return backend.share(x!, target);
  });
  registerShared('ExpandDims', ({ input }, { dim }, backend) => {
    const shape = input!.shape.slice();
    const axis = dim < 0 ? shape.length + 1 + dim : dim;
    if (axis < 0 || axis > shape.length) {
      throw new Error(
        `Axis must be in the interval [${-shape.length - 1}, ${shape.length}], not ${dim}`,
      );
    }
    shape.splice(axis, 0, 1);
    return backend.share(input!, shape);
  });
  defineKernel('Transpose', ({ x }, { perm }) => aten('permute', x!.handle, perm));
  defineKernel('Slice', ({ x }, attrs) => {
    const [begin, size] = slice_util.parseSliceParams(
      { shape: x!.shape, rank: x!.shape.length } as never,
      attrs.begin,
      attrs.size,
    );
    slice_util.assertParamsValid({ shape: x!.shape, rank: x!.shape.length } as never, begin, size);
    return begin.reduce((y, start, axis) => aten('narrow', y, axis, start, size[axis]), x!.handle);
  });
  defineKernel('StridedSlice', ({ x }, attrs) => {
    const plan = slice_util.sliceInfo(
      x!.shape,
      ...([attrs.begin, attrs.end, attrs.strides] as const),
      ...([attrs.beginMask, attrs.endMask, attrs.ellipsisMask] as const),
      ...([attrs.newAxisMask, attrs.shrinkAxisMask] as const),
    );
    const y = plan.begin.reduce(
      (part, begin, axis) =>
        stridedAxis(part, axis, x!.shape[axis]!, begin, plan.end[axis]!, plan.strides[axis]!),
      x!.handle,
    );
    return aten('reshape', y, plan.finalShape);
  });
  defineKernel('Unpack', ({ value }, { axis }) => {
    const along = axis < 0 ? axis + value!.shape.length : axis;
    return Array.from({ length: value!.shape[along]! }, (_, i) =>
      aten('select.int', value!.handle, along, i),
    );
  });
  defineKernel('SplitV', ({ x }, { numOrSizeSplits, axis }) => {
    const along = util.parseAxisParam(axis, x!.shape)[0]!;
    const sizes = backend_util.prepareSplitSize(
      { shape: x!.shape } as never,
      numOrSizeSplits,
      along,
    );
    return atenMany('split_with_sizes', x!.handle, sizes, along);
  });
}

function registerJoins(): void {
  defineKernel('Pack', (inputs, { axis }) => {
    const [first, ...rest] = Object.values(inputs);
    for (const { dtype } of rest) {
      if (dtype !== first!.dtype)
        throw new Error(`All tensors passed to stack must have the type ${first!.dtype}`);
    }
    return aten('stack', handles(inputs), axis);
  });
  defineKernel('Concat', (inputs, { axis }) => {
    const tensors = Object.values(inputs);
    const along = util.parseAxisParam(axis, tensors[0]!.shape)[0]!;
    const shapes = tensors.map(({ shape }) => shape);
    backend_util.assertParamsConsistent(shapes, along);
    const dtype = scalarTypeOf(tensors[0]!.dtype);
    const filled = tensors.filter(({ shape }) => util.sizeFromShape(shape) > 0);
    // libtorch would require even empty tensors to have a matching rank and type.
    if (filled.length === 0)
      return aten('new_empty', tensors[0]!.handle, backend_util.computeOutShape(shapes, along));
    return aten(
      '_to_copy',
      aten(
        'cat',
        filled.map(({ handle }) => handle),
        along,
      ),
      dtype,
    );
  });
  defineKernel('Tile', ({ x }, { reps }) => {
    // tf.broadcastTo uses tile; if only axes of length 1 grow, a view is enough.
    const grows = x!.shape.every((size, axis) => size === 1 || reps[axis] === 1);
    const shape = x!.shape.map((size, axis) => size * reps[axis]);
    return grows ? aten('expand', x!.handle, shape) : aten('repeat', x!.handle, reps);
  });
  defineKernel('BroadcastTo', ({ x }, { shape }) => aten('expand', x!.handle, shape));
  defineKernel('PadV2', ({ x }, { paddings, constantValue }) =>
    pad(x!.handle, paddings, constantValue),
  );
  defineKernel('MirrorPad', ({ x }, { paddings, mode }) =>
    (paddings as [number, number][]).reduce((y, [before, after], axis) => {
      const offset = mode === 'reflect' ? 1 : 0;
      return aten(
        'index_select',
        y,
        axis,
        fromValues(mirrorIndices(x!.shape[axis]!, before, after, offset)),
      );
    }, x!.handle),
  );
  defineKernel('Reverse', ({ x }, { dims }) => {
    const flipped = util.parseAxisParam(dims, x!.shape);
    return x!.shape.length === 0 ? x!.handle : aten('flip', x!.handle, flipped);
  });
}

function registerBlocks(): void {
  defineKernel('SpaceToBatchND', ({ x }, { blockShape, paddings }) => {
    const rest = x!.shape.length - 1 - blockShape.length;
    const padding = [[0, 0], ...paddings, ...Array(rest).fill([0, 0])] as [number, number][];
    const padded = x!.shape.map((size, axis) => size + padding[axis]![0] + padding[axis]![1]);
    const block = util.sizeFromShape(blockShape);
    const split = backend_util.getReshaped(padded, blockShape, block, false);
    const order = backend_util.getPermuted(split.length, blockShape.length, false);
    const shape = backend_util.getReshapedPermuted(padded, blockShape, block, false);
    return aten(
      'reshape',
      aten('permute', aten('reshape', pad(x!.handle, padding, 0), split), order),
      shape,
    );
  });
  defineKernel('BatchToSpaceND', ({ x }, { blockShape, crops }) => {
    const block = util.sizeFromShape(blockShape);
    const split = backend_util.getReshaped(x!.shape, blockShape, block);
    const order = backend_util.getPermuted(split.length, blockShape.length);
    const shape = backend_util.getReshapedPermuted(x!.shape, blockShape, block);
    const begins = backend_util.getSliceBeginCoords(crops, blockShape.length);
    const sizes = backend_util.getSliceSize(shape, crops, blockShape.length);
    const whole = aten('reshape', aten('permute', aten('reshape', x!.handle, split), order), shape);
    return sizes.reduce((y, size, axis) => aten('narrow', y, axis, begins[axis], size), whole);
  });
  defineKernel('DepthToSpace', ({ x }, { blockSize, dataFormat }) => {
    const channelsLast = dataFormat === 'NHWC';
    const [n, a, b, c] = x!.shape as [number, number, number, number];
    const [h, w, channels] = channelsLast ? [a, b, c] : [b, c, a];
    const depth = channels / (blockSize * blockSize);
    const input = channelsLast ? x!.handle : aten('permute', x!.handle, [0, 2, 3, 1]);
    const split = aten('reshape', input, [n, h, w, blockSize, blockSize, depth]);
    const mixed = aten('permute', split, [0, 1, 3, 2, 4, 5]);
    const y = aten('reshape', mixed, [n, h * blockSize, w * blockSize, depth]);
    return channelsLast ? y : aten('permute', y, [0, 3, 1, 2]);
  });
  defineKernel('Diag', ({ x }) => {
    const size = util.sizeFromShape(x!.shape);
    return aten('reshape', aten('diag', aten('reshape', x!.handle, [size])), [
      ...x!.shape,
      ...x!.shape,
    ]);
  });
}

function registerCreation(): void {
  registerShared('Fill', (_inputs, { shape, value, dtype }, backend) => {
    const kind = (dtype ?? util.inferDtype(value)) as DataType;
    if (kind === 'string') {
      const text = util.encodeString(value);
      const dataId = backend.write(Array(util.sizeFromShape(shape)).fill(text), shape, kind);
      return { dataId, shape, dtype: kind };
    }
    return backend.adopt(freeingTemporaries(() => create('full', kind, shape, value)));
  });
  defineKernel('Range', (_inputs, { start, stop, step: asked, dtype }) => {
    const step = stop < start && asked === 1 ? -1 : asked;
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const steps = aten('arange', length, scalarType.float64, null, device);
    const values = aten('add.Scalar', aten('mul.Scalar', steps, step), start);
    return aten('_to_copy', values, scalarTypeOf(dtype));
  });
  defineKernel('LinSpace', (_inputs, { start, stop, num }) =>
    create('linspace', 'float32', start, stop, num),
  );
  defineKernel('OneHot', ({ indices }, { dtype, depth, onValue, offValue }) => {
    const classes = create('arange', 'int32', depth);
    const hot = aten('eq.Tensor', aten('unsqueeze', indices!.handle, -1), classes);
    const on = create('full', dtype, [], onValue);
    return aten('where.self', hot, on, create('full', dtype, [], offValue));
  });
}

export function registerShape(engineDevice: string): void {
  device = engineDevice;
  registerViews();
  registerJoins();
  registerBlocks();
  registerCreation();
}
