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

/** What a request asks about its images. */
export interface ImageQuestion {
  source: ImageSource;
  /** Whether what the classifier is given is wanted too. */
  embeddings?: boolean;
  /** Whether logits must be there. */
  logits?: boolean;
}

export interface ImageAnswer {
  /** [classes], in the order of the version's labels; sums to 1 */
  probabilities: Float32Array;
  /** [classes], where the network gives them */
  logits?: Float32Array;
  /** [features] */
  embedding?: Float32Array;
}

export interface ImagesAnswer {
  version: VersionRecord;
  /** In the order of the images. */
  answers: ImageAnswer[];
  /** Of the batches that the images were in. */
  batchSizes: number[];
  /** ms; of several images the longest wait, and the sums of decoding and computing */
  decodeMs: number;
  queueMs: number;
  computeMs: number;
}

/** Pieces of a request that are decoded or in the queue at once. */
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

  /** @param nameOf what an image is called in its request */
  encoded(images: readonly Uint8Array[], nameOf: (index: number) => string): ImageSource {
    const onDecoded = (version: VersionRecord, ms: number) => this.metrics.decoded(version, ms);
    return new EncodedImages(images, this.decoder, this.buffers, { nameOf, onDecoded });
  }

  /**
   * @param read is called when there is such a version
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
      // Bodies take their time: the route may be another one by now.
      const current = await this.router.resolve(model, which);
      const answer = await this.classify(current, question, terms);
      answered('ok');
      return { ...answer, question };
    } catch (error) {
      answered(error instanceof DomainError ? error.code : 'INTERNAL');
      // Deleted while the images came in or waited: then that is the reason.
      const unexplained = !(error instanceof DomainError) || error.code === 'INFERENCE_FAILED';
      throw (unexplained && (await this.whyNot(model, version))) || error;
    }
  }

  /** What the database has against a version, such as that it is not there any more. */
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

  /** Decodes and hands in a batch's worth at a time: while one is in the engine, the next is decoded. */
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
      // It may fail while others are decoded; it is waited for in the end.
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
    `${model}:${version} is an ONNX file that gives its classes alone, no "features".`,
  );
}

function noLogits({ model, version }: VersionRecord): DomainError {
  const message = `must be probabilities: ${model}:${version} is an ONNX file that gives no logits`;
  return invalidRequest([{ where: 'outputs', message }]);
}
