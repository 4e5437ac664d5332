import { join } from 'node:path';
import { ThreadExecutor } from './thread-executor';
import type { OnnxThreadOptions } from './thread-protocol';

/** ONNX Runtime: ONNX files as they are, and other versions as their exported graphs. */
export class OnnxExecutor extends ThreadExecutor {
  constructor(options: OnnxThreadOptions) {
    super(join(__dirname, 'onnx-executor.thread.js'), options);
  }
}
