import type { Preprocessing } from '@coatrack/models';
import type { VersionFormat } from '../models/model';

/** A model version as an executor needs it. Versions never change, so the key names its contents. */
export interface ServableModel {
  key: string;
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

export interface Inference {
  /** [classes], in the order of the version's labels; sums to 1. */
  probabilities: Float32Array;
  decodeMs: number;
  inferenceMs: number;
}

/** Runs classifiers outside the HTTP event loop. */
export abstract class Executor {
  /**
   * @param picture the encoded picture: JPEG, PNG, WebP, …
   * @throws DomainError NOT_A_PICTURE, INFERENCE_BUSY, INFERENCE_FAILED
   */
  abstract classify(model: ServableModel, picture: Buffer): Promise<Inference>;
  /** Ends what is under way and lets go of everything. */
  abstract close(): Promise<void>;
}
