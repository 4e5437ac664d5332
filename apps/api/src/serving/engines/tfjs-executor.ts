import { join } from 'node:path';
import { Executor, type LoadedModel, type LoadOptions, type ServableModel } from './executor';
import { fitting, loadReplicas, weightsOf } from './thread-count';
import { ThreadedNetwork } from './threaded-network';
import type { TfjsThreadOptions } from './thread-protocol';

const script = join(__dirname, 'tfjs.thread.js');

/** Runs a network in TensorFlow.js, on the engine that also trains it. */
export class TfjsExecutor extends Executor {
  constructor(private readonly options: Omit<TfjsThreadOptions, 'model'> & { instances: number }) {
    super();
  }

  bytesToLoad(model: ServableModel, { mostBytes }: Pick<LoadOptions, 'mostBytes'>): number {
    const { instances } = this.options;
    return weightsOf(fitting({ instances, lone: false }, model, mostBytes), model);
  }

  load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const { instances, ...rest } = this.options;
    const thread: TfjsThreadOptions = { ...rest, model };
    const load = (signal?: AbortSignal) => ThreadedNetwork.load(script, thread, signal);
    return loadReplicas({ instances, lone: false, load, loadLone: load }, model, options);
  }
}
