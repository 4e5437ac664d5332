import {
  type Augmentation,
  type DecodedImage,
  ImageError,
  ImageThreads,
  type ImageToRender,
  type Preprocessing,
  scaleOf,
  type View,
} from '@coatrack/images';
import type { ImageSet } from './dataset/image-set';
import { type Mixed, mix, type Mixing } from './mixing';
import { mapOrdered } from './ordered';

export interface Batch {
  /** [batch, imageSize, imageSize, 3], normalised */
  images: Float32Array;
  labels: number[];
  /** side of the images, in pixels */
  imageSize: number;
  /** which images were mixed with each other, and how */
  mixed?: Mixed;
}

/** Returns the view of an image by its index in the dataset. Called in the order of the batches. */
type ChooseView = (index: number) => View;

/** Number of batches to prepare in threads while the engine blocks the main thread. */
const batchesAhead = 3;

/** Images per task for a thread: a message costs as much time as a small image. */
const imagesPerTask = 8;

export interface ImageLoaderOptions {
  /** Memory for decoded images, in bytes. */
  cacheBytes?: number;
  /** Called for each unreadable image, which batches then leave out. Without it, the first one is an error. */
  onUnreadable?: (index: number, error: ImageError) => void;
}

/**
 * Makes batches of a dataset's images in threads: decodes, crops, resizes, augments and normalises. Decoded images are kept
 * until the cache is full. A small dataset is thus decoded once; of a large one, the first images stay cached.
 */
export class ImageLoader {
  private readonly threads = new ImageThreads();
  private readonly cache = new Map<number, CachedImage>();
  /** Reusable memory for threads to write to. */
  private readonly targets: Float32Array[] = [];
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

  /**
   * Returns the given batches of image indices in order, loaded ahead of their use.
   * @param mixing mixes the images of each batch with each other
   */
  batches(
    indices: Iterable<readonly number[]>,
    choose: ChooseView,
    mixing?: Mixing,
  ): AsyncGenerator<Batch> {
    return mapOrdered(indices, batchesAhead, (batch) => this.load(batch, choose, mixing));
  }

  /** Ends the threads. End any iteration over batches first. */
  close(): Promise<void> {
    return this.threads.close();
  }

  private async load(
    indices: readonly number[],
    choose: ChooseView,
    mixing: Mixing | undefined,
  ): Promise<Batch> {
    const { imageSize } = this.preprocessing;
    const length = imageSize ** 2 * 3;
    const target = this.takeTarget(indices.length * length);
    const tasks = [...inBatches(indices, imagesPerTask)];
    const unread = await Promise.all(
      tasks.map((task, place) => {
        const start = place * imagesPerTask * length;
        return this.render(task, choose, target.subarray(start, start + task.length * length));
      }),
    );
    const isUnread = unread.flat();
    // Copied, because an engine may keep it.
    const images = target.slice(0, indices.length * length);
    this.targets.push(target);
    const labels = indices.map((index) => this.images.labels[index]!);
    const batch = { images, labels, imageSize };
    if (isUnread.includes(true)) return without(isUnread, batch, length);
    if (!mixing || (mixing.mixup === 0 && mixing.cutmix === 0)) return batch;
    const mixed = mix({ values: images, side: imageSize }, { labels, indices }, mixing);
    return { images, labels, imageSize, mixed };
  }

  /** @returns whether each image is unreadable */
  private async render(
    indices: readonly number[],
    choose: ChooseView,
    target: Float32Array,
  ): Promise<boolean[]> {
    const images = await Promise.all(
      indices.map((index) => this.imageToRender(index, choose(index))),
    );
    const { preprocessing } = this;
    const outcomes = await this.threads.render({ preprocessing, target, images });
    return outcomes.map((outcome, place) => {
      const index = indices[place]!;
      if ('refused' in outcome) {
        const error = new ImageError(outcome.refused.message, outcome.refused.kind);
        if (!this.onUnreadable) throw error;
        this.onUnreadable(index, error);
        return true;
      }
      if (outcome.decoded) this.keep(index, outcome.decoded, scaleOf(images[place]!.view));
      return false;
    });
  }

  private async imageToRender(index: number, view: View): Promise<ImageToRender> {
    const known = this.cache.get(index);
    if (known?.scale === scaleOf(view)) {
      return { source: { decoded: known.decoded }, view, keep: false };
    }
    const encoded = await this.images.read(index);
    return { source: { encoded }, view, keep: !known && this.cachedBytes < this.cacheBytes };
  }

  private keep(index: number, decoded: DecodedImage, scale: number): void {
    const bytes = decoded.pixels.data.byteLength;
    if (this.cachedBytes + bytes > this.cacheBytes || this.cache.has(index)) return;
    this.cache.set(index, { decoded, scale });
    this.cachedBytes += bytes;
  }

  /** Returns memory for at least `length` values, shared by all threads. */
  private takeTarget(length: number): Float32Array {
    const known = this.targets.pop();
    if (known && known.length >= length) return known;
    return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
  }
}

interface CachedImage {
  decoded: DecodedImage;
  /** scale it was decoded for: see scaleOf */
  scale: number;
}

/** Removes rows from a batch and moves the others up. */
function without(isLeftOut: readonly boolean[], batch: Batch, length: number): Batch {
  const { images, labels, imageSize } = batch;
  const rows = labels.map((_, row) => row).filter((row) => !isLeftOut[row]);
  // A row never moves to a later place, so copying in order is safe.
  rows.forEach((row, place) => images.copyWithin(place * length, row * length, (row + 1) * length));
  return {
    images: images.subarray(0, rows.length * length),
    labels: rows.map((row) => labels[row]!),
    imageSize,
  };
}

function defaultCacheBytes(): number {
  return process.availableMemory() / 4;
}

export const evaluationView: ChooseView = () => 'evaluation';

/**
 * Returns how an epoch of training sees images: at random, by seed, epoch and image. An image that occurs more than once in the
 * epoch is seen differently each time, so request the images in order.
 * @param earlier images of the epoch that were seen before a resume
 */
export function trainingView(options: {
  augmentation: Augmentation;
  seed: number;
  epoch: number;
  earlier?: readonly number[];
}): ChooseView {
  const { augmentation, seed, epoch, earlier = [] } = options;
  const times = new Map<number, number>();
  const repeatOf = (index: number) => {
    const repeat = times.get(index) ?? 0;
    times.set(index, repeat + 1);
    return repeat;
  };
  earlier.forEach(repeatOf);
  return (index) => ({ seed, epoch, index, repeat: repeatOf(index), augmentation });
}

/** Yields consecutive groups of `size`. */
export function* inBatches(indices: readonly number[], size: number): Generator<number[]> {
  for (let start = 0; start < indices.length; start += size) {
    yield indices.slice(start, start + size);
  }
}
