import { Identity, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';

/** A second handle on the same values: no copy. */
export const identity: KernelDefinition = {
  name: Identity,
  make: (context) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    return context.share(x);
  },
};
