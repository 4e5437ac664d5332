import {
  type DecodedImage,
  ImageError,
  ImageThreads,
  type Preprocessing,
  type View,
} from '@coatrack/images';
import type { ImageSet } from './dataset/image-set';
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
  /** Hears of images that can't be read, which batches then leave out; left out: the first one is an error. */
  onUnreadable?: (index: number, error: ImageError) => void;
}

/**
 * Makes batches of a dataset's images in threads: decode, augment, resize, crop, normalise. Decoded images are kept until the
 * cache is full, so that a small dataset is decoded once; of a large one, those that came first stay.
 */
export class ImageLoader {
  private readonly threads = new ImageThreads();
  private readonly cache = new Map<number, DecodedImage>();
  private readonly cacheBytes: number;
  private readonly onUnreadable: ImageLoaderOptions['onUnreadable'];
  private cachedBytes = 0;

  constructor(
    private readonly images: ImageSet,
    private readonly preprocessing: Preprocessing,
    { cacheBytes = defaultCacheBytes(), onUnreadable }: ImageLoaderOptions = {},
  ) {
    this.onUnreadable = onUnreadable;
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
    const unread = new Set<number>();
    await Promise.all(
      indices.map(async (index, row) => {
        try {
          images.set(await this.render(index, choose(index)), row * length);
        } catch (error) {
          if (!this.onUnreadable || !(error instanceof ImageError)) throw error;
          this.onUnreadable(index, error);
          unread.add(row);
        }
      }),
    );
    const labels = indices.map((index) => this.images.labels[index]!);
    if (unread.size === 0) return { images, labels };
    const rows = indices.map((_, row) => row).filter((row) => !unread.has(row));
    // Those that are left move up; a row is never before its own place.
    rows.forEach((row, place) =>
      images.copyWithin(place * length, row * length, (row + 1) * length),
    );
    return {
      images: images.subarray(0, rows.length * length),
      labels: rows.map((row) => labels[row]!),
    };
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
