import type { Preprocessing } from '@coatrack/models';
import type { PictureSet } from './dataset/picture-set';
import { mapOrdered } from './ordered';
import { hash } from './random';
import { centreCrop, type Crop, normaliseCrop, type Pixels, resizeImage } from '@coatrack/images';

export interface Batch {
  /** [batch, imageSize, imageSize, 3], normalised */
  images: Float32Array;
  labels: number[];
}

/** Which part of a resized picture is taken. */
export type ChooseCrop = (pixels: Pixels, index: number) => Crop;

/** Batches under way while the engine works: it blocks the main thread, decoding goes on beside it. */
const batchesAhead = 3;

const defaultCacheBytes = 512 * 2 ** 20;

/**
 * Decodes and resizes pictures in libuv's pool and makes batches of them. Resized pictures are kept as bytes until the
 * cache is full, so that a small dataset is decoded once; of a large one, those that came first stay.
 */
export class PictureLoader {
  private readonly cache = new Map<number, Pixels>();
  private cachedBytes = 0;

  constructor(
    private readonly pictures: PictureSet,
    private readonly preprocessing: Preprocessing,
    private readonly cacheBytes = defaultCacheBytes,
  ) {}

  /** The given batches of picture indices, in order, loaded ahead of their use. */
  batches(indices: Iterable<readonly number[]>, choose: ChooseCrop): AsyncGenerator<Batch> {
    return mapOrdered(indices, batchesAhead, (batch) => this.load(batch, choose));
  }

  private async load(indices: readonly number[], choose: ChooseCrop): Promise<Batch> {
    const { imageSize } = this.preprocessing;
    const length = imageSize * imageSize * 3;
    const images = new Float32Array(indices.length * length);
    await Promise.all(
      indices.map(async (index, row) => {
        const pixels = await this.resized(index);
        const target = images.subarray(row * length, (row + 1) * length);
        normaliseCrop(pixels, choose(pixels, index), this.preprocessing, target);
      }),
    );
    return { images, labels: indices.map((index) => this.pictures.labels[index]!) };
  }

  private async resized(index: number): Promise<Pixels> {
    const known = this.cache.get(index);
    if (known) return known;
    const pixels = await resizeImage(await this.pictures.read(index), this.preprocessing);
    const bytes = pixels.data.byteLength;
    if (this.cachedBytes + bytes <= this.cacheBytes && !this.cache.has(index)) {
      this.cache.set(index, pixels);
      this.cachedBytes += bytes;
    }
    return pixels;
  }
}

/** As in evaluation: the middle. */
export function evaluationCrop(imageSize: number): ChooseCrop {
  return (pixels) => centreCrop(pixels, imageSize);
}

/**
 * For training: a random place at the scale of evaluation, mirrored half of the time. Where and whether depend on seed,
 * epoch and picture alone.
 */
export function trainingCrop(options: {
  imageSize: number;
  flip: boolean;
  seed: number;
  epoch: number;
}): ChooseCrop {
  const { imageSize, flip, seed, epoch } = options;
  return ({ width, height }, index) => {
    const random = (purpose: number) => hash(seed, epoch, index, purpose);
    return {
      left: random(0) % (width - imageSize + 1),
      top: random(1) % (height - imageSize + 1),
      flipped: flip && random(2) % 2 === 1,
    };
  };
}

/** Consecutive groups of `size`. */
export function* inBatches(indices: readonly number[], size: number): Generator<number[]> {
  for (let start = 0; start < indices.length; start += size) {
    yield indices.slice(start, start + size);
  }
}
