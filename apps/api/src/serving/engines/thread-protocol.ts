import type { EngineName } from '@coatrack/kernels';
import type { ProviderChain } from '../../platform/onnx-runtime/onnx-providers';
import type { GraphCacheOptions } from './graph-cache';
import type { ModelOutput, NetworkFacts, ServableModel } from './executor';

/** What passes between the HTTP process and the thread that a network runs in. */
export interface OnnxThreadOptions {
  model: ServableModel;
  /** To compute on. */
  threads: number;
  /** See OnnxNetworkOptions. */
  spins: boolean;
  providers: ProviderChain[];
  /** Where exported graphs are kept. */
  graphs: GraphCacheOptions;
}

export interface TfjsThreadOptions {
  model: ServableModel;
  engine: EngineName | 'auto';
  /** Refuse to run on WebAssembly. */
  nativeOnly: boolean;
}

export interface RunRequest {
  type: 'run';
  id: number;
  images: Float32Array;
  batch: number;
  features: boolean;
}

/** `close`: finish what is under way, let go of everything, end. */
export type ThreadRequest = RunRequest | { type: 'close' };

export type ThreadReply =
  | { type: 'loaded'; facts: NetworkFacts }
  | { type: 'unloadable'; reason: string }
  | { type: 'done'; id: number; output: ModelOutput }
  | { type: 'failed'; id: number; reason: string };
