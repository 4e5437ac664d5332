import { join } from 'node:path';
import { Executor, type LoadedModel, type LoadOptions, type ServableModel } from './executor';
import type { GraphCacheOptions } from './graph-cache';
import type { ProviderChain } from '../../platform/onnx-runtime/onnx-providers';
import { fitting, loadReplicas, type ReplicaPlan, weightsOf } from './thread-count';
import { ThreadedNetwork } from './threaded-network';
import type { OnnxThreadOptions } from './thread-protocol';

const script = join(__dirname, 'onnx.thread.js');

export interface OnnxOptions {
  /** Cache of exported graphs. */
  graphs: GraphCacheOptions;
  /** Number of batches of a model that run concurrently. */
  instances: number;
  /** Threads of each instance. */
  threads: number;
  /** Threads of the extra replica for lone images; default: no such replica. */
  loneThreads?: number;
  /** Providers in the order in which to try them. */
  providers: ProviderChain[];
}

/** Runs ONNX files directly in ONNX Runtime, and other versions as their exported graphs. */
export class OnnxExecutor extends Executor {
  constructor(private readonly options: OnnxOptions) {
    super();
  }

  bytesToLoad(model: ServableModel, { mostBytes }: Pick<LoadOptions, 'mostBytes'>): number {
    const { instances, loneThreads } = this.options;
    const wanted = { instances, lone: loneThreads !== undefined };
    return weightsOf(fitting(wanted, model, mostBytes), model);
  }

  load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const { graphs, providers, instances, threads, loneThreads } = this.options;
    const load = (
      layout: Pick<OnnxThreadOptions, 'threads' | 'spins'>,
      signal: AbortSignal | undefined,
    ) => {
      const data: OnnxThreadOptions = { model, graphs, providers, ...layout };
      return ThreadedNetwork.load(script, data, signal);
    };
    const plan: ReplicaPlan = {
      instances,
      lone: loneThreads !== undefined,
      load: (signal) => load({ threads, spins: false }, signal),
      // Nothing else needs the cores while an image is alone.
      loadLone: (signal) => load({ threads: loneThreads ?? threads, spins: true }, signal),
    };
    return loadReplicas(plan, model, options);
  }
}
