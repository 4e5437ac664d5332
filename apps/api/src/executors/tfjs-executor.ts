import { join } from 'node:path';
import { Executor, type LoadedModel, type LoadOptions, type ServableModel } from './executor';
import { loadReplicas } from './replicas';
import { ThreadModel } from './thread-model';
import type { TfjsThreadOptions } from './thread-protocol';

const script = join(__dirname, 'tfjs.thread.js');

/** TensorFlow.js: the network as it is trained, on the engine that trains it. */
export class TfjsExecutor extends Executor {
  constructor(private readonly options: Omit<TfjsThreadOptions, 'model'>) {
    super();
  }

  load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const thread: TfjsThreadOptions = { ...this.options, model };
    return loadReplicas(() => ThreadModel.load(script, thread), model, options);
  }
}
