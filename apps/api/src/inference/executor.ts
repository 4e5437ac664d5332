import type { Preprocessing } from '@coatrack/models';

/** A model version as an executor needs it. Versions never change, so the key names its contents. */
export interface ServableModel {
  key: string;
  architecture: string;
  classes: number;
  preprocessing: Preprocessing;
  /** Local path of the safetensors file. */
  weightsPath: string;
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
  abstract close(): Promise<void>;
}
