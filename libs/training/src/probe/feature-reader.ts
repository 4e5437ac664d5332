import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImageError } from '@coatrack/images';
import type { Classifier, Preprocessing } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSet } from '../dataset/image-set';
import { evaluationView, ImageLoader, inBatches } from '../image-loader';
import { requirePrecision, withPrecision } from '../precision';
import type { Recipe } from '../recipe/recipe';
import { type Matrix, taken } from './on-engine';

/** An image that could not be read, and why. */
export interface UnreadableImage {
  image: number;
  reason: string;
}

export interface Features extends Matrix {
  /** Their rows are 0. */
  unreadable: UnreadableImage[];
}

export interface FeatureReaderOptions {
  classifier: Classifier;
  images: ImageSet;
  preprocessing: Preprocessing;
  batchSize: number;
  precision: Recipe['precision'];
}

/** Changes whenever the same network and images would give other features than before. */
const featuresVersion = 1;

/** Names what features depend on, so that equal names have equal features. @returns SHA-256, hexadecimal */
export function featuresName(of: {
  /** Names the images, in their order. */
  images: string;
  /** SHA-256 of the weights. */
  weights: string;
  architecture: string;
  preprocessing: Preprocessing;
  precision: Recipe['precision'];
}): string {
  const { images, weights, architecture, precision } = of;
  const { imageSize, cropPercent, cropMode, interpolation, mean, std } = of.preprocessing;
  const seen = [imageSize, cropPercent, cropMode ?? 'center', interpolation, mean, std];
  const all = [featuresVersion, images, weights, architecture, seen, tf.getBackend(), precision];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** Computes what the head of a classifier is given for images as evaluation sees them. */
export class FeatureReader {
  private readonly loader: ImageLoader;
  private readonly unreadable = new Map<number, ImageError>();

  /** @throws PrecisionError when the engine can't compute in it */
  constructor(private readonly options: FeatureReaderOptions) {
    requirePrecision(options.precision);
    this.loader = new ImageLoader(options.images, options.preprocessing, {
      cacheBytes: 0,
      onUnreadable: (index, error) => this.unreadable.set(index, error),
    });
  }

  /**
   * Leaves the event loop a turn after every batch.
   * @param indices of images
   * @returns features [indices, features]; an image that can't be read has none
   * @throws the signal's reason
   */
  async read(
    indices: readonly number[],
    signal: AbortSignal,
    onProgress: (done: number) => void | Promise<void>,
  ): Promise<Features> {
    const { classifier, batchSize } = this.options;
    const columns = classifier.featureCount;
    const values = new Float32Array(indices.length * columns);
    const batches = [...inBatches(indices, batchSize)];
    let done = 0;
    for await (const { images, labels } of this.loader.batches(batches, evaluationView)) {
      signal.throwIfAborted();
      const rows = batches[done / batchSize]!;
      const computed = labels.length > 0 ? await this.compute(images, labels.length) : undefined;
      let next = 0;
      for (const [row, index] of rows.entries()) {
        if (this.unreadable.has(index)) continue;
        const own = computed!.subarray(next * columns, (next + 1) * columns);
        values.set(own, (done + row) * columns);
        next++;
      }
      done += rows.length;
      await onProgress(done);
      await nextTurn();
    }
    const unreadable = indices.flatMap((image) => {
      const error = this.unreadable.get(image);
      return error ? [{ image, reason: error.message }] : [];
    });
    return { rows: indices.length, columns, values, unreadable };
  }

  /** Ends its threads. */
  close(): Promise<void> {
    return this.loader.close();
  }

  private compute(images: Float32Array, batch: number): Promise<Float32Array> {
    const { classifier, precision } = this.options;
    const { imageSize } = classifier;
    const shape: [number, number, number, number] = [batch, imageSize, imageSize, 3];
    return taken(
      withPrecision(precision, () =>
        tf.tidy(() => classifier.features(tf.tensor4d(images, shape))),
      ),
    );
  }
}
