import { PictureError, type PictureLayout } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../errors/domain-error';
import type { VersionRecord, VersionSelector } from '../models/model';
import { ModelRegistry } from '../models/model-registry';
import { Decoder } from './decoder';
import { ImageBuffers } from './image-buffers';
import { type Lease, ModelPool } from './model-pool';
import type { BatchedOutput, Place, PlaceOptions } from './place';
import { Routes } from './routes';
import { ServingMetrics } from './serving-metrics';
import { softmax } from './softmax';
import { waitFor } from './wait-for';

export interface PictureRequest extends PlaceOptions {
  /** Whether what the classifier is given is wanted too. */
  embeddings?: boolean;
}

export interface PictureAnswer {
  /** [classes], in the order of the version's labels; sums to 1 */
  probabilities: Float32Array;
  /** [features] */
  embedding?: Float32Array;
}

export interface PicturesAnswer {
  version: VersionRecord;
  /** In the order of the pictures. */
  answers: PictureAnswer[];
  /** Of the batches that the pictures were in. */
  batchSizes: number[];
  /** ms; of several pictures the longest wait, and the sums of decoding and computing */
  decodeMs: number;
  queueMs: number;
  computeMs: number;
}

/** Pieces of a request that are decoded or in the queue at once. */
const piecesAhead = 2;

/** Classifies encoded pictures. */
@Injectable()
export class PredictService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly routes: Routes,
    private readonly pool: ModelPool,
    private readonly decoder: Decoder,
    private readonly metrics: ServingMetrics,
    private readonly buffers: ImageBuffers,
  ) {}

  /**
   * @param readPictures is called when there is such a version, and room for a picture
   * @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, NOT_A_PICTURE, EMBEDDINGS_IMPOSSIBLE,
   *   QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED, INFERENCE_FAILED, MODEL_TOO_LARGE
   */
  async predict(
    model: string,
    which: VersionSelector,
    readPictures: () => Promise<readonly Uint8Array[]>,
    request: PictureRequest,
  ): Promise<PicturesAnswer> {
    const started = performance.now();
    const version = await this.routes.resolve(model, which);
    let pictures = 0;
    const answered = (outcome: string) =>
      this.metrics.answered(version, { pictures, outcome, ms: performance.now() - started });
    try {
      this.pool.find(version)?.batcher?.checkRoom(1);
      const bytes = await waitFor(readPictures(), request);
      pictures = bytes.length;
      // Bodies take their time: the route may be another one by now.
      const answer = await this.classify(await this.routes.resolve(model, which), bytes, request);
      answered('ok');
      return answer;
    } catch (error) {
      answered(error instanceof DomainError ? error.code : 'INTERNAL');
      // Deleted while the pictures came in or waited: then that is the reason.
      if (!(error instanceof DomainError) || error.code === 'INFERENCE_FAILED') {
        await this.registry.resolve(model, { version: version.version });
      }
      throw error;
    }
  }

  private async classify(
    version: VersionRecord,
    pictures: readonly Uint8Array[],
    request: PictureRequest,
  ): Promise<PicturesAnswer> {
    const lease = await this.pool.acquire(version, request);
    try {
      if (request.embeddings && !lease.model.givesFeatures) throw noEmbeddings(version);
      const place = lease.batcher.admit(pictures.length, request);
      try {
        return await this.run(version, lease, { place, pictures, request });
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
    {
      place,
      pictures,
      request,
    }: { place: Place; pictures: readonly Uint8Array[]; request: PictureRequest },
  ): Promise<PicturesAnswer> {
    const size = batcher.maxBatch;
    const outputs: Promise<BatchedOutput>[] = [];
    let decodeMs = 0;
    for (let at = 0; at < pictures.length; at += size) {
      const piece = pictures.slice(at, at + size);
      const started = performance.now();
      const images = await this.decode(piece, version, {
        layout: model.layout,
        proceed: () => place.throwIfOver(),
        nameOf: (index) => (pictures.length > 1 ? `image[${at + index}]` : 'image'),
      });
      decodeMs += performance.now() - started;
      const output = place.run(images, piece.length, { features: request.embeddings });
      // It may fail while others are decoded; it is waited for in the end.
      output.catch(() => undefined);
      outputs.push(output);
      await outputs.at(-piecesAhead);
    }
    const done = await Promise.all(outputs);
    for (const { queueMs } of done) this.metrics.queued(version, queueMs);
    return {
      ...{ version, decodeMs },
      answers: done.flatMap((output) => answersOf(output, version.labels.length, model.values)),
      batchSizes: done.flatMap(({ batchSizes }) => batchSizes),
      queueMs: Math.max(...done.map(({ queueMs }) => queueMs)),
      computeMs: done.reduce((sum, { computeMs }) => sum + computeMs, 0),
    };
  }

  private async decode(
    pictures: readonly Uint8Array[],
    version: VersionRecord,
    {
      nameOf,
      ...options
    }: { layout: PictureLayout; proceed: () => void; nameOf: (index: number) => string },
  ): Promise<Float32Array> {
    const onDecoded = (ms: number) => this.metrics.decoded(version, ms);
    const decoded = await Promise.all(
      pictures.map(async (picture, index) => {
        try {
          return await this.decoder.decode(picture, version.preprocessing, {
            ...options,
            onDecoded,
          });
        } catch (error) {
          throw error instanceof PictureError ? notAPicture(error, nameOf(index)) : error;
        }
      }),
    );
    const [first] = decoded;
    if (decoded.length === 1) return first!;
    const images = this.buffers.take(decoded.length * first!.length);
    decoded.forEach((values, index) => images.set(values, index * values.length));
    for (const values of decoded) this.buffers.give(values);
    return images;
  }
}

function answersOf(
  { outputs, features }: BatchedOutput,
  classes: number,
  values: Lease['model']['values'],
): PictureAnswer[] {
  const pictures = outputs.length / classes;
  const rowOf = (all: Float32Array, picture: number) => {
    const width = all.length / pictures;
    return all.subarray(picture * width, (picture + 1) * width);
  };
  return Array.from({ length: pictures }, (_, picture) => {
    const row = rowOf(outputs, picture);
    const probabilities = values === 'logits' ? softmax(row) : row;
    return { probabilities, ...(features ? { embedding: rowOf(features, picture) } : {}) };
  });
}

function notAPicture({ message }: PictureError, where: string): DomainError {
  return new DomainError('NOT_A_PICTURE', message, [{ where, message }]);
}

function noEmbeddings({ model, version }: VersionRecord): DomainError {
  return new DomainError(
    'EMBEDDINGS_IMPOSSIBLE',
    `${model}:${version} is an ONNX file that gives its classes alone, no "features".`,
  );
}
