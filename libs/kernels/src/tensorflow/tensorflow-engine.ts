import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { type Device, type EngineProvider, EngineUnavailableError, type Probe } from '../engine';

/** TensorFlow's Node packages in order of preference. They are optional because they download libtensorflow at install. */
const packages: readonly { name: string; device: Device }[] = [
  { name: '@tensorflow/tfjs-node-gpu', device: 'cuda' },
  { name: '@tensorflow/tfjs-node', device: 'cpu' },
];

const requireHere = createRequire(__filename);

function isInstalled(name: string): boolean {
  try {
    requireHere.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Loads a package, which registers TensorFlow.js's 'tensorflow' backend, and restores the previous current backend. */
async function load(name: string): Promise<void> {
  const before = tf.engine().backendName;
  requireHere(name);
  if (before) await tf.setBackend(before);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

async function probe(): Promise<Probe> {
  const installed = packages.filter(({ name }) => isInstalled(name));
  if (installed.length === 0) {
    return {
      available: false,
      reason: `neither ${packages.map(({ name }) => name).join(' nor ')} is installed (npm install one of them)`,
    };
  }
  const failures: string[] = [];
  for (const { name, device } of installed) {
    try {
      await load(name);
      return { available: true, device };
    } catch (error) {
      failures.push(`${name} fails to load: ${firstLine(error)}`);
    }
  }
  return { available: false, reason: failures.join('; ') };
}

/** libtensorflow as a TensorFlow.js backend, if its Node package is installed. */
export const tensorflowEngine: EngineProvider = {
  name: 'tensorflow',
  probe,
  start: async () => {
    const found = await probe();
    if (!found.available) throw new EngineUnavailableError('tensorflow', found.reason);
    await tf.setBackend('tensorflow');
    return {
      name: 'tensorflow',
      device: found.device,
      description: `TensorFlow (libtensorflow), ${found.device === 'cuda' ? 'CUDA' : 'processor'}`,
    };
  },
};
