import { Injectable } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store';
import { ModelRegistry } from '../models/model-registry';
import { Executor } from './executor';
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
    const weightsPath = await this.blobStore.path(version.blob);
    const picture = await readPicture();
    const { probabilities, decodeMs, inferenceMs } = await this.executor.classify(
      {
        key: `${version.model}:${version.version}:${version.blob}`,
        architecture: version.architecture,
        classes: version.labels.length,
        preprocessing: version.preprocessing,
        weightsPath,
      },
      picture,
    );
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
}

/** Milliseconds to a hundredth: more would be noise. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
