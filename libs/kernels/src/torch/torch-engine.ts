import { setBackend } from '@tensorflow/tfjs-core';
import { loadTorch } from '.';
import { EngineUnavailableError, type EngineProvider } from '../engine';
import { backendName } from './define-kernel';

/** libtorch as a TensorFlow.js backend. */
export const torchEngine: EngineProvider = {
  name: 'torch',
  probe: loadTorch,
  start: async () => {
    const probe = await loadTorch();
    if (!probe.available) throw new EngineUnavailableError('torch', probe.reason);
    await setBackend(backendName);
    const { version, device, threads } = probe;
    const where = device === 'cuda' ? 'CUDA' : `${threads} threads`;
    return { name: 'torch', device, description: `libtorch ${version} (${where})` };
  },
};
