import type { Preprocessing } from '@coatrack/models';
import type { ImageLayout } from '@coatrack/images';
import type { VersionFormat, VersionRecord } from '../../registry/models/model';
import { DomainError } from '../../platform/errors/domain-error';
import type { BlobStore } from '../../platform/blobs/blob-store';

/** A model version in the form that executors take. */
export interface ServableModel {
  format: VersionFormat;
  architecture: string;
  classes: number;
  parameters: number;
  preprocessing: Preprocessing;
  /** Digest of the version's file. */
  sha256: string;
  /** Local path of the version's file. */
  path: string;
}

export interface LoadOptions {
  /** Maximum number of images in a batch. */
  maxBatch: number;
  /** Memory limit in bytes; if it is too small for all instances, fewer are loaded. Default: unlimited. */
  mostBytes?: number;
  /** Abandons the load when aborted, as soon as the computation in progress is done. */
  signal?: AbortSignal;
}

/** Properties of a network in the engine that runs it. */
export interface NetworkFacts {
  /** Name of the engine: "ONNX Runtime 1.30.0", "libtorch 1.13.1 (CPU, …)", … */
  executor: string;
  layout: ImageLayout;
  /** Kind of values in `outputs`. */
  values: 'logits' | 'probabilities';
  /** Whether it can return the features that its classifier receives. */
  givesFeatures: boolean;
}

export interface ModelOutput {
  /** [batch, classes]: logits or probabilities, as the network's facts say */
  outputs: Float32Array;
  /** [batch, features] */
  features?: Float32Array;
  /** Time in the engine. */
  computeMs: number;
  /** The images' array, for reuse. */
  images: Float32Array;
}

/** Best time of a batch in the engine. */
export interface BatchTime {
  batch: number;
  ms: number;
}

/** Result of trying an executor for a model. */
export interface Candidate {
  executor: string;
  chosen: boolean;
  /** Times at warm-up, by batch size. */
  times: BatchTime[];
  /** Why the times are missing. */
  reason?: string;
}

/** A network in memory, warm. */
export interface LoadedModel extends NetworkFacts {
  /** Number of batches that run concurrently. */
  readonly instances: number;
  /** Estimated memory in bytes. */
  readonly bytes: number;
  /** Times at warm-up, by batch size. */
  readonly times: readonly BatchTime[];
  /** Best throughput of all instances together, as measured at warm-up. */
  readonly imagesPerSecond: number;
  /** The executors it was chosen among; empty if there was no choice. */
  readonly candidates: readonly Candidate[];
  /**
   * @param images [batch, 3, size, size] or [batch, size, size, 3] by `layout`, normalised; the caller must not use them
   *   afterwards
   * @throws DomainError INFERENCE_FAILED
   */
  run(images: Float32Array, batch: number, options: { features: boolean }): Promise<ModelOutput>;
  /** Registers a callback for the permanent loss of the model; later runs fail. */
  onLost(callback: (reason: string) => void): void;
  /** Waits for runs in progress, then frees the memory. */
  release(): Promise<void>;
}

/** Loads classifiers to run outside the HTTP event loop. */
export abstract class Executor {
  /** Returns the most bytes that loading the model takes, estimated from the weights of all its instances. */
  abstract bytesToLoad(model: ServableModel, options: Pick<LoadOptions, 'mostBytes'>): number;
  /** @throws DomainError INFERENCE_FAILED */
  abstract load(model: ServableModel, options: LoadOptions): Promise<LoadedModel>;
}

/** Reason reported when a load takes too long. */
export const tooSlow = 'loading and warming up took too long';

/** Returns the error for a failure of the engine, the model or its thread. */
export function inferenceFailed(reason: string): DomainError {
  return new DomainError('INFERENCE_FAILED', `The model could not be run: ${reason}`);
}

/**
 * Returns a version and its file in the form that executors take.
 * @throws DomainError BLOB_MISSING
 */
export async function servableModel(
  version: VersionRecord,
  blobStore: Pick<BlobStore, 'path'>,
): Promise<ServableModel> {
  const { format, architecture, parameters, preprocessing, labels, blob: sha256 } = version;
  const path = await blobStore.path(sha256);
  return {
    format,
    architecture,
    parameters,
    preprocessing,
    sha256,
    path,
    classes: labels.length,
  };
}
