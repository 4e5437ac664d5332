import { aten, fromValues } from '../aten';
import { Attributes, defineKernel, Input } from '../define-kernel';
import { Handle } from '../native';

/** Returns the input coordinate of each output position along one axis. */
function sources(
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: Attributes,
): number[] {
  const aligned = alignCorners && output > 1;
  const scale = aligned ? (input - 1) / (output - 1) : input / output;
  return Array.from({ length: output }, (_, i) =>
    halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i,
  );
}

/** Interpolation along an axis as a matrix [output, input], so that its gradient is the transpose. */
function bilinearMatrix(input: number, output: number, attrs: Attributes): Float32Array {
  const matrix = new Float32Array(output * input);
  sources(input, output, attrs).forEach((source, row) => {
    const position = Math.max(0, source);
    const below = Math.min(input - 1, Math.floor(position));
    const above = Math.min(input - 1, Math.ceil(position));
    const fraction = position - below;
    matrix[row * input + below]! += 1 - fraction;
    matrix[row * input + above]! += fraction;
  });
  return matrix;
}

function nearest(input: number, output: number, attrs: Attributes): Int32Array {
  return Int32Array.from(sources(input, output, attrs), (source, i) => {
    const position = attrs.halfPixelCenters ? (input / output) * (i + 0.5) : source;
    const index = attrs.alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(input - 1, index));
  });
}

type Size = [number, number];
const heightAndWidth = ({ shape }: Input): Size => [shape[1]!, shape[2]!];

/** Multiplies both spatial axes of [batch, height, width, channels] by their matrices. */
function interpolate(x: Handle, rows: Handle, columns: Handle): Handle {
  return aten('einsum', 'bhwc,yh,xw->byxc', [x, rows, columns]);
}

function matrices(input: Size, output: Size, attrs: Attributes): [Handle, Handle] {
  const build = (axis: 0 | 1) =>
    aten('reshape', fromValues(bilinearMatrix(input[axis], output[axis], attrs)), [
      output[axis],
      input[axis],
    ]);
  return [build(0), build(1)];
}

export function registerImage(): void {
  defineKernel('ResizeBilinear', ({ images }, attrs) => {
    const x = aten('_to_copy', images!.handle, 6);
    return interpolate(x, ...matrices(heightAndWidth(images!), attrs.size, attrs));
  });
  defineKernel('ResizeBilinearGrad', ({ images, dy }, attrs) => {
    const [rows, columns] = matrices(heightAndWidth(images!), heightAndWidth(dy!), attrs);
    return interpolate(dy!.handle, aten('t', rows), aten('t', columns));
  });
  defineKernel('ResizeNearestNeighbor', ({ images }, attrs) => {
    const [height, width] = heightAndWidth(images!);
    const rows = aten(
      'index_select',
      images!.handle,
      1,
      fromValues(nearest(height, attrs.size[0], attrs)),
    );
    return aten('index_select', rows, 2, fromValues(nearest(width, attrs.size[1], attrs)));
  });
  defineKernel('ResizeNearestNeighborGrad', ({ images, dy }, attrs) => {
    const [height, width] = heightAndWidth(images!);
    const [outHeight, outWidth] = heightAndWidth(dy!);
    const [batch, , , channels] = images!.shape as [number, number, number, number];
    const rows = aten(
      'index_add',
      aten('new_zeros', dy!.handle, [batch, height, outWidth, channels]),
      1,
      fromValues(nearest(height, outHeight, attrs)),
      dy!.handle,
    );
    const columns = fromValues(nearest(width, outWidth, attrs));
    return aten('index_add', aten('new_zeros', dy!.handle, images!.shape), 2, columns, rows);
  });
  defineKernel('FlipLeftRight', ({ image }) => aten('flip', image!.handle, [2]));
}
