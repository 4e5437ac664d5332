import type { Preprocessing } from '@coatrack/models';
import type { ImageLayout } from '@coatrack/images';
import type { VersionFormat, VersionRecord } from '../../registry/models/model';
import { DomainError } from '../../platform/errors/domain-error';
import type { BlobStore } from '../../platform/blobs/blob-store';

/** A model version as an executor needs it. */
export interface ServableModel {
  format: VersionFormat;
  architecture: string;
  classes: number;
  parameters: number;
  preprocessing: Preprocessing;
  /** Of the version's file. */
  sha256: string;
  /** Local path of the version's file. */
  path: string;
}

export interface LoadOptions {
  /** Most images in a batch. */
  maxBatch: number;
  /** Bytes that it may take: where that is not enough for all instances, there are fewer. Left out: any. */
  mostBytes?: number;
  /** Ends the attempt when it is aborted, as soon as what is being computed is done. */
  signal?: AbortSignal;
}

/** What a network is like where it runs. */
export interface NetworkFacts {
  /** What runs it: "ONNX Runtime 1.30.0", "libtorch 1.13.1 (CPU, …)", … */
  executor: string;
  layout: ImageLayout;
  /** What `outputs` are. */
  values: 'logits' | 'probabilities';
  /** Whether it gives, on request, what its classifier is given. */
  givesFeatures: boolean;
}

export interface ModelOutput {
  /** [batch, classes]: logits or probabilities, as the network's facts say */
  outputs: Float32Array;
  /** [batch, features] */
  features?: Float32Array;
  /** In the engine. */
  computeMs: number;
  /** The images' array, to be used again. */
  images: Float32Array;
}

/** A batch's time in the engine, at its best. */
export interface BatchTime {
  batch: number;
  ms: number;
}

/** What became of an executor that could run a model. */
export interface Candidate {
  executor: string;
  chosen: boolean;
  /** Measured at warm-up, by batch size. */
  times: BatchTime[];
  /** Why the times are missing. */
  reason?: string;
}

/** A network in memory, warm. */
export interface LoadedModel extends NetworkFacts {
  /** Batches that run side by side. */
  readonly instances: number;
  /** Memory that it takes, estimated. */
  readonly bytes: number;
  /** Measured at warm-up, by batch size. */
  readonly times: readonly BatchTime[];
  /** What all instances together do at their best, as far as warm-up showed. */
  readonly imagesPerSecond: number;
  /** All that could have run it, where it was chosen among several. */
  readonly candidates: readonly Candidate[];
  /**
   * @param images [batch, 3, size, size] or [batch, size, size, 3] by `layout`, normalised; the caller gives them up
   * @throws DomainError INFERENCE_FAILED
   */
  run(images: Float32Array, batch: number, options: { features: boolean }): Promise<ModelOutput>;
  /** Calls back when it is lost for good: what comes after that fails. */
  onLost(callback: (reason: string) => void): void;
  /** Lets what is under way end, then gives its memory back. */
  release(): Promise<void>;
}

/** Loads classifiers to run outside the HTTP event loop. */
export abstract class Executor {
  /** Returns the bytes that loading it takes at most, estimated by the weights of all its instances. */
  abstract bytesToLoad(model: ServableModel, options: Pick<LoadOptions, 'mostBytes'>): number;
  /** @throws DomainError INFERENCE_FAILED */
  abstract load(model: ServableModel, options: LoadOptions): Promise<LoadedModel>;
}

/** Reason given when a load takes too long. */
export const tooSlow = 'it was not loaded and warm in time';

/** Returns the error for a failure of the engine, the model or its thread. */
export function inferenceFailed(reason: string): DomainError {
  return new DomainError('INFERENCE_FAILED', `The model could not be run: ${reason}`);
}

/**
 * Returns a version with its file, as executors take it.
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
