import type { ImageLayout } from '@coatrack/images';
import { invalidRequest } from '../../../../platform/errors/invalid-request';
import { channelsFirst, channelsLast } from '../../../../platform/onnx-runtime/arrays';
import type { VersionRecord } from '../../../../registry/models/model';
import type { ImageSource, PiecePlan } from '../../../batching/image-source';

const channels = 3;

/** Images that arrive normalised, as a network takes them. */
export class ImageTensor implements ImageSource {
  readonly count: number;

  /**
   * @param values of that shape
   * @param shape [count, 3, size, size] or [count, size, size, 3]; checked against the version
   * @param where the tensor's place in the request
   */
  constructor(
    private readonly values: Float32Array,
    private readonly shape: readonly number[],
    private readonly where: string,
  ) {
    this.count = shape[0]!;
  }

  check({ preprocessing: { imageSize: size } }: VersionRecord): void {
    if (layoutOf(this.shape, size)) return;
    const message =
      `must be [n, ${channels}, ${size}, ${size}] or [n, ${size}, ${size}, ${channels}], ` +
      `not [${this.shape.join(', ')}]`;
    throw invalidRequest([{ where: `${this.where}.shape`, message }]);
  }

  notesOf(): readonly string[] {
    return [];
  }

  async read({ from, count, version, layout }: PiecePlan): Promise<Float32Array> {
    const size = version.preprocessing.imageSize;
    const each = channels * size * size;
    const values =
      count === this.count ? this.values : this.values.slice(from * each, (from + count) * each);
    if (layoutOf(this.shape, size) === layout) return values;
    return layout === 'NHWC' ? channelsLast(values, count) : channelsFirst(values, count);
  }
}

function layoutOf(shape: readonly number[], size: number): ImageLayout | undefined {
  const is = (...image: number[]) =>
    shape.length === 4 && image.every((side, axis) => side === shape[axis + 1]);
  if (is(channels, size, size)) return 'NCHW';
  return is(size, size, channels) ? 'NHWC' : undefined;
}
