import { Softmax, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';

export const softmax: KernelDefinition = {
  name: Softmax,
  make: (context) => (args) => {
    const { logits } = args.inputs as { logits: TensorInfo };
    const channels = logits.shape.at(-1)!;
    const out = context.output(logits.shape);
    const rows = util.sizeFromShape(logits.shape) / channels;
    const pointers = [context.pointer(logits), context.pointer(out)];
    context.pool.run('softmax', rows, channels * 16, ...pointers, channels);
    return out;
  },
};
