import type { EngineName } from '@coatrack/kernels';
import type { ProviderChain } from '../../platform/onnx-runtime/onnx-providers';
import type { GraphCacheOptions } from './graph-cache';
import type { ModelOutput, NetworkFacts, ServableModel } from './executor';

// Messages between the HTTP process and the thread that runs a network.

export interface OnnxThreadOptions {
  model: ServableModel;
  /** Number of threads to compute on. */
  threads: number;
  /** See OnnxNetworkOptions. */
  spins: boolean;
  providers: ProviderChain[];
  /** Cache of exported graphs. */
  graphs: GraphCacheOptions;
}

export interface TfjsThreadOptions {
  model: ServableModel;
  engine: EngineName | 'auto';
  /** Whether to refuse WebAssembly. */
  nativeOnly: boolean;
}

export interface RunRequest {
  type: 'run';
  id: number;
  images: Float32Array;
  batch: number;
  features: boolean;
}

/** `close` means: finish the runs in progress, free everything, end. */
export type ThreadRequest = RunRequest | { type: 'close' };

export type ThreadReply =
  | { type: 'loaded'; facts: NetworkFacts }
  | { type: 'unloadable'; reason: string }
  | { type: 'done'; id: number; output: ModelOutput }
  | { type: 'failed'; id: number; reason: string };
