import { Injectable } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store';
import type { VersionRecord } from '../models/model';
import { ModelRegistry } from '../models/model-registry';
import { Executor, type Inference } from './executor';
import type { Prediction, PredictQuery } from './predict.dto';
import { topK } from './top-k';

@Injectable()
export class PredictService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    private readonly executor: Executor,
  ) {}

  async predict(
    name: string,
    query: PredictQuery,
    readPicture: () => Promise<Buffer>,
  ): Promise<Prediction> {
    const started = performance.now();
    const version = await this.registry.resolve(name, query);
    const picture = await readPicture();
    const { probabilities, decodeMs, inferenceMs } = await this.classify(version, picture);
    return {
      model: version.model,
      version: version.version,
      predictions: topK(probabilities, version.labels, query.topK),
      timings: {
        decode: round(decodeMs),
        inference: round(inferenceMs),
        total: round(performance.now() - started),
      },
    };
  }

  private async classify(version: VersionRecord, picture: Buffer): Promise<Inference> {
    const { model, version: number, blob, labels } = version;
    const { format, architecture, parameters, preprocessing } = version;
    try {
      const path = await this.blobStore.path(blob);
      const key = `${model}:${number}:${blob}`;
      const servable = {
        ...{ key, format, architecture, parameters, preprocessing, path },
        ...{ sha256: blob, classes: labels.length },
      };
      return await this.executor.classify(servable, picture);
    } catch (error) {
      // Deleted while the picture came in or waited: then that is the reason.
      await this.registry.resolve(model, { version: number });
      throw error;
    }
  }
}

/** Milliseconds to a hundredth: more would be noise. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
