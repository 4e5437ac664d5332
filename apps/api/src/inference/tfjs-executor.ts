import { join } from 'node:path';
import { ThreadExecutor } from './thread-executor';
import type { TfjsThreadOptions } from './thread-protocol';

/** TensorFlow.js: the network as it is trained, on the engine that trains it. */
export class TfjsExecutor extends ThreadExecutor {
  constructor(options: TfjsThreadOptions) {
    super(join(__dirname, 'tfjs-executor.thread.js'), options);
  }
}
