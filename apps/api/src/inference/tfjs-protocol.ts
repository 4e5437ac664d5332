import type { EngineName } from '@coatrack/kernels';
import type { Inference, ServableModel } from './executor';

/** What passes between the HTTP process and its inference thread. */
export interface ThreadOptions {
  engine: EngineName | 'auto';
}

export interface ThreadRequest {
  id: number;
  model: ServableModel;
  picture: Uint8Array;
}

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
