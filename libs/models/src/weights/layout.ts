import type { TensorSpec } from '../net/tensor-spec';

/** A weight in one of the layouts. */
type Laid = Pick<TensorSpec, 'layout' | 'shape'>;

/** Returns the shape in TensorFlow's layout. */
export function tensorFlowShape({ layout, shape }: Laid): number[] {
  switch (layout) {
    case 'conv':
      return [shape[2], shape[3], shape[1], shape[0]];
    case 'depthwise':
      return [shape[2], shape[3], shape[0], shape[1]];
    case 'dense':
      return [shape[1], shape[0]];
    case 'same':
      return [...shape];
  }
}

/** TensorFlow's axes in PyTorch's order. */
const torchAxes = { conv: [3, 2, 0, 1], depthwise: [2, 3, 0, 1], dense: [1, 0], same: [] };

/** Converts a shape from TensorFlow's layout to PyTorch's; a shape of another rank is unchanged. */
export function torchShape(layout: TensorSpec['layout'], shape: readonly number[]): number[] {
  const axes = torchAxes[layout];
  return axes.length === shape.length ? axes.map((axis) => shape[axis]) : [...shape];
}

/** Converts values from PyTorch's layout to TensorFlow's. */
export function toTensorFlow({ layout, shape }: Laid, torch: Float32Array): Float32Array {
  if (layout === 'same') return torch;
  const result = new Float32Array(torch.length);
  pairPlaces(shape, (place, torchPlace) => (result[place] = torch[torchPlace]));
  return result;
}

/** Converts values from TensorFlow's layout to PyTorch's. */
export function toTorch({ layout, shape }: Laid, values: Float32Array): Float32Array {
  if (layout === 'same') return values;
  const result = new Float32Array(values.length);
  pairPlaces(shape, (place, torchPlace) => (result[torchPlace] = values[place]));
  return result;
}

/** Outputs per block: enough to use whole cache lines of both layouts, few enough to stay in the cache. */
const block = 32;

/**
 * Visits all values of a weight with their indices in both layouts. PyTorch's [out, in, …kernel] is [out][in][kernel],
 * TensorFlow's is [kernel][in][out]; a dense weight has a kernel of one, a depthwise one a single input.
 */
function pairPlaces(
  [outputs, inputs, ...kernel]: readonly number[],
  visit: (place: number, torchPlace: number) => void,
): void {
  const area = kernel.reduce((product, side) => product * side, 1);
  for (let first = 0; first < outputs; first += block) {
    const end = Math.min(first + block, outputs);
    for (let input = 0; input < inputs; input++) {
      for (let k = 0; k < area; k++) {
        const row = (k * inputs + input) * outputs;
        for (let output = first; output < end; output++) {
          visit(row + output, (output * inputs + input) * area + k);
        }
      }
    }
  }
}
