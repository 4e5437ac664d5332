import type { Architecture, Classifier, Preprocessing } from '@coatrack/models';
import { type Features, FeatureReader, featuresName, type Recipe } from '@coatrack/training';
import { Inject, Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { CONFIG, type Config } from '../../config';
import type { OpenImageSet } from '../../datasets/datasets.service';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { FeatureCache } from './feature-cache';

/** Images per file, which limits what an interrupted job must repeat. */
const pieceImages = 2048;

/** The requested features. */
export interface FeaturesAsked {
  images: OpenImageSet;
  architecture: Architecture;
  /** SHA-256 of the weights. */
  weights: string;
  preprocessing: Preprocessing;
  precision: Recipe['precision'];
  batchSize: number;
  /** Opens the network with those weights; called only where features are missing. Its head does not matter. */
  open(): Promise<Classifier>;
}

/** Returns the features of a dataset's images by a version's network, from the cache if possible. */
@Injectable()
export class VersionFeatures {
  private readonly cache: FeatureCache;

  constructor(@Inject(CONFIG) { dataFolder, storage }: Config, reserve: DiskReserve) {
    const folder = join(dataFolder, 'cache', 'features');
    this.cache = new FeatureCache({ folder, maxBytes: storage.featureCache, reserve });
  }

  /**
   * Returns the features of all images of a dataset, in their order, as evaluation sees them.
   * @param onProgress hears how many images are done
   * @throws PrecisionError, the signal's reason
   */
  async read(
    asked: FeaturesAsked,
    signal: AbortSignal,
    onProgress: (done: number) => void | Promise<void>,
  ): Promise<Features> {
    const { images, weights, architecture, preprocessing, precision, batchSize } = asked;
    const name = featuresName({
      images: images.contents(),
      weights,
      architecture: architecture.name,
      preprocessing,
      precision,
    });
    const total = images.labels.length;
    let reader: FeatureReader | undefined;
    let all: Features | undefined;
    try {
      for (let start = 0; start < total; start += pieceImages) {
        const end = Math.min(start + pieceImages, total);
        const indices = Array.from({ length: end - start }, (_, row) => start + row);
        const piece = await this.cache.get(`${name}-${start}`, async () => {
          reader ??= new FeatureReader({
            classifier: await asked.open(),
            images,
            preprocessing,
            batchSize,
            precision,
          });
          return reader.read(indices, signal, (done) => onProgress(start + done));
        });
        const { columns } = piece;
        all ??= { rows: total, columns, values: new Float32Array(total * columns), unreadable: [] };
        all.values.set(piece.values, start * columns);
        all.unreadable.push(...piece.unreadable);
        signal.throwIfAborted();
        await onProgress(end);
      }
    } finally {
      await reader?.close();
    }
    return all!;
  }
}
