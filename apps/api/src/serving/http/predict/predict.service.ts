import { Injectable } from '@nestjs/common';
import { inTime } from '../../../platform/database/database-away';
import { DomainError } from '../../../platform/errors/domain-error';
import { invalidRequest } from '../../../platform/errors/invalid-request';
import type { VersionRecord, VersionSelector } from '../../../registry/models/model';
import { ModelRegistry } from '../../../registry/models/model-registry';
import { Decoder } from '../../batching/decoder';
import { EncodedImages, type ImageSource } from '../../batching/image-source';
import { ImageBuffers } from '../../batching/image-buffers';
import { ModelPool } from '../../pool/model-pool';
import type { Lease } from '../../pool/pooled-model';
import type { BatchedOutput, EngineSlot, EngineSlotOptions } from '../../batching/engine-slot';
import { VersionRouter } from '../../routing/version-router';
import { ServingMetrics } from '../../metrics/serving-metrics';
import { softmax } from './probabilities';
import { waitFor } from '../../pool/wait-for';

/** A request's images and what it wants to know about them. */
export interface ImageQuestion {
  source: ImageSource;
  /** Whether to return the features that the classifier receives. */
  embeddings?: boolean;
  /** Whether logits are required. */
  logits?: boolean;
}

export interface ImageAnswer {
  /** [classes], in the order of the version's labels; sums to 1 */
  probabilities: Float32Array;
  /** [classes], if the network returns them */
  logits?: Float32Array;
  /** [features] */
  embedding?: Float32Array;
}

export interface ImagesAnswer {
  version: VersionRecord;
  /** One per image, in order. */
  answers: ImageAnswer[];
  /** Sizes of the batches that the images were in. */
  batchSizes: number[];
  /** In ms: total decoding time, longest wait, total computing time. */
  decodeMs: number;
  queueMs: number;
  computeMs: number;
}

/** Number of pieces of a request that are decoded or queued at once. */
const piecesAhead = 2;

/** Classifies images. */
@Injectable()
export class PredictService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly router: VersionRouter,
    private readonly pool: ModelPool,
    private readonly decoder: Decoder,
    private readonly metrics: ServingMetrics,
    private readonly buffers: ImageBuffers,
  ) {}

  /** @param nameOf returns an image's name in its request */
  encoded(images: readonly Uint8Array[], nameOf: (index: number) => string): ImageSource {
    const onDecoded = (version: VersionRecord, ms: number) => this.metrics.decoded(version, ms);
    return new EncodedImages(images, this.decoder, this.buffers, { nameOf, onDecoded });
  }

  /**
   * @param read called once the version has been found
   * @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, NOT_AN_IMAGE, INVALID_REQUEST,
   *   EMBEDDINGS_IMPOSSIBLE, QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED, INFERENCE_FAILED, MODEL_TOO_LARGE
   */
  async predict<Q extends ImageQuestion>(
    model: string,
    which: VersionSelector,
    read: () => Promise<Q>,
    terms: EngineSlotOptions,
  ): Promise<ImagesAnswer & { question: Q }> {
    const started = performance.now();
    const version = await this.router.resolve(model, which);
    let images = 0;
    const answered = (outcome: string) =>
      this.metrics.answered(version, { images, outcome, ms: performance.now() - started });
    try {
      const question = await waitFor(read(), terms);
      images = question.source.count;
      // Reading the body takes time, in which the route may have changed.
      const current = await this.router.resolve(model, which);
      const answer = await this.classify(current, question, terms);
      answered('ok');
      return { ...answer, question };
    } catch (error) {
      answered(error instanceof DomainError ? error.code : 'INTERNAL');
      // If the version was deleted in the meantime, report that instead.
      const unexplained = !(error instanceof DomainError) || error.code === 'INFERENCE_FAILED';
      throw (unexplained && (await this.whyNot(model, version))) || error;
    }
  }

  /** Returns the error that the database reports for a version, for example that it was deleted. */
  private async whyNot(
    model: string,
    { version }: VersionRecord,
  ): Promise<DomainError | undefined> {
    try {
      await inTime(this.registry.resolve(model, { version }));
    } catch (error) {
      if (error instanceof DomainError) return error;
    }
    return undefined;
  }

  private async classify(
    version: VersionRecord,
    question: ImageQuestion,
    terms: EngineSlotOptions,
  ): Promise<ImagesAnswer> {
    const { source, embeddings, logits } = question;
    source.check(version);
    const lease = await this.pool.acquire(version, terms);
    try {
      if (embeddings && !lease.model.givesFeatures) throw noEmbeddings(version);
      if (logits && lease.model.values !== 'logits') throw noLogits(version);
      const place = lease.batcher.admit(source.count, terms);
      try {
        return await this.run(version, lease, place, question);
      } finally {
        place.leave();
      }
    } finally {
      lease.release();
    }
  }

  /** Decodes and submits one batch at a time, so that the next is decoded while one is in the engine. */
  private async run(
    version: VersionRecord,
    { model, batcher }: Lease,
    place: EngineSlot,
    { source, embeddings }: ImageQuestion,
  ): Promise<ImagesAnswer> {
    const size = batcher.maxBatch;
    const outputs: Promise<BatchedOutput>[] = [];
    let decodeMs = 0;
    for (let from = 0; from < source.count; from += size) {
      const count = Math.min(size, source.count - from);
      const started = performance.now();
      const proceed = () => place.throwIfOver();
      const images = await source.read({ from, count, version, layout: model.layout, proceed });
      decodeMs += performance.now() - started;
      const output = place.run(images, count, { features: embeddings });
      // Avoids an unhandled rejection while later images are decoded; it is awaited below.
      output.catch(() => undefined);
      outputs.push(output);
      await outputs.at(-piecesAhead);
    }
    const done = await Promise.all(outputs);
    for (const { queueMs } of done) this.metrics.queued(version, queueMs);
    return {
      version,
      decodeMs,
      answers: done.flatMap((output) => answersOf(output, version.labels.length, model.values)),
      batchSizes: done.flatMap(({ batchSizes }) => batchSizes),
      queueMs: Math.max(...done.map(({ queueMs }) => queueMs)),
      computeMs: done.reduce((sum, { computeMs }) => sum + computeMs, 0),
    };
  }
}

function answersOf(
  { outputs, features }: BatchedOutput,
  classes: number,
  values: Lease['model']['values'],
): ImageAnswer[] {
  const images = outputs.length / classes;
  const rowOf = (all: Float32Array, image: number) => {
    const width = all.length / images;
    return all.subarray(image * width, (image + 1) * width);
  };
  return Array.from({ length: images }, (_, image) => {
    const row = rowOf(outputs, image);
    return {
      ...(values === 'logits'
        ? { logits: row, probabilities: softmax(row) }
        : { probabilities: row }),
      ...(features ? { embedding: rowOf(features, image) } : {}),
    };
  });
}

function noEmbeddings({ model, version }: VersionRecord): DomainError {
  return new DomainError(
    'EMBEDDINGS_IMPOSSIBLE',
    `${model}:${version} is an ONNX file without the output "features", so it has no embeddings.`,
  );
}

function noLogits({ model, version }: VersionRecord): DomainError {
  const message = `must be probabilities: ${model}:${version} is an ONNX file that returns no logits`;
  return invalidRequest([{ where: 'outputs', message }]);
}
