import type { TensorSpec } from '../net/tensor-spec';

/** The shape that a tensor has in TensorFlow's layout. */
export function tensorFlowShape({ layout, shape }: TensorSpec): number[] {
  return permutation(layout).length ? permutation(layout).map((axis) => shape[axis]) : [...shape];
}

/** Values in PyTorch's layout → in TensorFlow's. */
export function toTensorFlow(spec: TensorSpec, values: Float32Array): Float32Array {
  const axes = permutation(spec.layout);
  return axes.length ? transpose(values, spec.shape, axes) : values;
}

/** Values in TensorFlow's layout → in PyTorch's. */
export function toTorch(spec: TensorSpec, values: Float32Array): Float32Array {
  const axes = permutation(spec.layout);
  if (axes.length === 0) return values;
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return transpose(values, tensorFlowShape(spec), inverse);
}

/** Axis k in TensorFlow's layout is axis permutation[k] in PyTorch's; empty where the layouts are the same. */
function permutation(layout: TensorSpec['layout']): readonly number[] {
  switch (layout) {
    case 'conv':
      return [2, 3, 1, 0];
    case 'depthwise':
      return [2, 3, 0, 1];
    case 'dense':
      return [1, 0];
    case 'same':
      return [];
  }
}

function transpose(
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = new Float32Array(values.length);
  let position = 0;
  const fill = (depth: number, offset: number) => {
    const count = shape[axes[depth]];
    const stride = strides[axes[depth]];
    if (depth === axes.length - 1) {
      for (let i = 0; i < count; i++) result[position++] = values[offset + i * stride];
    } else {
      for (let i = 0; i < count; i++) fill(depth + 1, offset + i * stride);
    }
  };
  fill(0, 0);
  return result;
}
