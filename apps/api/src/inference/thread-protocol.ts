import type { EngineName } from '@coatrack/kernels';
import type { Inference, ServableModel } from './executor';

/** What passes between the HTTP process and its inference threads. */
export interface TfjsThreadOptions {
  engine: EngineName | 'auto';
}

export interface OnnxThreadOptions {
  /** Left out: one for each core. */
  threads?: number;
  /** Where exported graphs are kept. */
  cacheFolder: string;
}

export interface ClassifyRequest {
  type: 'classify';
  id: number;
  model: ServableModel;
  picture: Uint8Array;
}

/** `close`: finish what is under way, let go of everything, end. */
export type ThreadRequest = ClassifyRequest | { type: 'close' };

/** An error without its class, which does not survive the way between threads. */
export interface ThreadFailure {
  /** The picture is at fault, not the model or the engine. */
  picture: boolean;
  message: string;
}

export type ThreadReply =
  | { type: 'ready'; engine: string }
  | { type: 'done'; id: number; inference: Inference }
  | { type: 'failed'; id: number; failure: ThreadFailure };
