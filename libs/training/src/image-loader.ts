import { type DecodedImage, ImageThreads, type Preprocessing, type View } from '@coatrack/images';
import type { PictureSet } from './dataset/picture-set';
import { mapOrdered } from './ordered';

export interface Batch {
  /** [batch, imageSize, imageSize, 3], normalised */
  images: Float32Array;
  labels: number[];
}

/** Returns how an image of the dataset is seen, by its index. */
type ChooseView = (index: number) => View;

/** Batches under way while the engine works: it blocks the main thread, other threads prepare images meanwhile. */
const batchesAhead = 3;

export interface ImageLoaderOptions {
  /** Memory for decoded images, in bytes. */
  cacheBytes?: number;
}

/**
 * Makes batches of a dataset's images in threads: decode, augment, resize, crop, normalise. Decoded images are kept until the
 * cache is full, so that a small dataset is decoded once; of a large one, those that came first stay.
 */
export class ImageLoader {
  private readonly threads = new ImageThreads();
  private readonly cache = new Map<number, DecodedImage>();
  private readonly cacheBytes: number;
  private cachedBytes = 0;

  constructor(
    private readonly images: PictureSet,
    private readonly preprocessing: Preprocessing,
    { cacheBytes = defaultCacheBytes() }: ImageLoaderOptions = {},
  ) {
    this.cacheBytes = cacheBytes;
  }

  /** Returns the given batches of image indices, in order, loaded ahead of their use. */
  batches(indices: Iterable<readonly number[]>, choose: ChooseView): AsyncGenerator<Batch> {
    return mapOrdered(indices, batchesAhead, (batch) => this.load(batch, choose));
  }

  /** Ends the threads; end what iterates over batches first. */
  close(): Promise<void> {
    return this.threads.close();
  }

  private async load(indices: readonly number[], choose: ChooseView): Promise<Batch> {
    const length = this.preprocessing.imageSize ** 2 * 3;
    const images = new Float32Array(indices.length * length);
    await Promise.all(
      indices.map(async (index, row) => {
        images.set(await this.render(index, choose(index)), row * length);
      }),
    );
    return { images, labels: indices.map((index) => this.images.labels[index]!) };
  }

  private async render(index: number, view: View): Promise<Float32Array> {
    const { preprocessing } = this;
    const known = this.cache.get(index);
    const { values, decoded } = await this.threads.render({
      source: known ? { decoded: known } : { encoded: await this.images.read(index) },
      preprocessing,
      view,
      keep: !known && this.cachedBytes < this.cacheBytes,
    });
    if (decoded) this.keep(index, decoded);
    return values;
  }

  private keep(index: number, decoded: DecodedImage): void {
    const bytes = decoded.pixels.data.byteLength;
    if (this.cachedBytes + bytes > this.cacheBytes || this.cache.has(index)) return;
    this.cache.set(index, decoded);
    this.cachedBytes += bytes;
  }
}

function defaultCacheBytes(): number {
  return process.availableMemory() / 4;
}

export const evaluationView: ChooseView = () => 'evaluation';

/** For training: a random crop at the scale of evaluation, mirrored half of the time. */
export function trainingView(options: { flip: boolean; seed: number; epoch: number }): ChooseView {
  const { flip, seed, epoch } = options;
  return (index) => ({ seed, epoch, index, flip });
}

/** Consecutive groups of `size`. */
export function* inBatches(indices: readonly number[], size: number): Generator<number[]> {
  for (let start = 0; start < indices.length; start += size) {
    yield indices.slice(start, start + size);
  }
}
