import { join } from 'node:path';
import { Executor, type LoadedModel, type LoadOptions, type ServableModel } from './executor';
import { loadReplicas } from './replicas';
import { ThreadModel } from './thread-model';
import type { TfjsThreadOptions } from './thread-protocol';

const script = join(__dirname, 'tfjs.thread.js');

/** TensorFlow.js: the network as it is trained, on the engine that trains it. */
export class TfjsExecutor extends Executor {
  constructor(private readonly options: Omit<TfjsThreadOptions, 'model'> & { instances: number }) {
    super();
  }

  load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const { instances, ...rest } = this.options;
    const thread: TfjsThreadOptions = { ...rest, model };
    return loadReplicas(
      { instances, load: () => ThreadModel.load(script, thread) },
      ...[model, options],
    );
  }
}
