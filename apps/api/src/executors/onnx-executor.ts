import { join } from 'node:path';
import { Executor, type LoadedModel, type LoadOptions, type ServableModel } from './executor';
import { loadReplicas } from './replicas';
import { ThreadModel } from './thread-model';
import type { OnnxThreadOptions } from './thread-protocol';

const script = join(__dirname, 'onnx.thread.js');

/** ONNX Runtime: ONNX files as they are, and other versions as their exported graphs. */
export class OnnxExecutor extends Executor {
  constructor(private readonly options: Omit<OnnxThreadOptions, 'model'>) {
    super();
  }

  load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const thread: OnnxThreadOptions = { ...this.options, model };
    return loadReplicas(() => ThreadModel.load(script, thread), model, options);
  }
}
