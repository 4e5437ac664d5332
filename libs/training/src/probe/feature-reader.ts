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

/** An unreadable image and the reason. */
export interface UnreadableImage {
  image: number;
  reason: string;
}

export interface Features extends Matrix {
  /** Unreadable images, whose rows are 0. */
  unreadable: UnreadableImage[];
}

export interface FeatureReaderOptions {
  classifier: Classifier;
  images: ImageSet;
  preprocessing: Preprocessing;
  batchSize: number;
  precision: Recipe['precision'];
}

/** Increased whenever the same network and images would give different features. */
const featuresVersion = 1;

/** Returns a name for the inputs of features, so that equal names mean equal features. @returns SHA-256, hexadecimal */
export function featuresName(of: {
  /** Identifies the images, in order. */
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

/** Computes the inputs of a classifier's head for images as seen in evaluation. */
export class FeatureReader {
  private readonly loader: ImageLoader;
  private readonly unreadable = new Map<number, ImageError>();

  /** @throws PrecisionError when the engine doesn't support the precision */
  constructor(private readonly options: FeatureReaderOptions) {
    requirePrecision(options.precision);
    this.loader = new ImageLoader(options.images, options.preprocessing, {
      cacheBytes: 0,
      onUnreadable: (index, error) => this.unreadable.set(index, error),
    });
  }

  /**
   * Computes features, yielding to the event loop after every batch.
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

  /** Ends the threads. */
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
