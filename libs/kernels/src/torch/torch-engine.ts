import { EngineUnavailableError, type EngineProvider } from '../engine';

const reason = 'its libtorch addon is not built on this machine';

/** libtorch behind TensorFlow.js. */
export const torchEngine: EngineProvider = {
  name: 'torch',
  probe: async () => ({ available: false, reason }),
  start: async () => {
    throw new EngineUnavailableError('torch', reason);
  },
};
