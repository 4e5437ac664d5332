import { availableParallelism } from 'node:os';
import { registerBackend } from '@tensorflow/tfjs-core';
import { useNative } from './aten';
import { backendName } from './define-kernel';
import { registerTorchGradients } from './gradients';
import { registerTorchKernels } from './kernels';
import { loadNative, Native } from './native';
import { registerPrecision } from './precision';
import { TorchBackend } from './torch-backend';

export type TorchProbe =
  | { available: false; reason: string }
  | { available: true; device: 'cpu' | 'cuda'; version: string; threads: number };

let loaded: { native: Native; probe: TorchProbe } | undefined;

/**
 * Loads the addon once and registers the backend `torch` with its kernels, without choosing it.
 * COATRACK_TORCH_DEVICE (cpu | cuda) and COATRACK_THREADS override what the machine suggests.
 */
export async function loadTorch(): Promise<TorchProbe> {
  if (loaded) return loaded.probe;
  let native: Native;
  try {
    native = loadNative();
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
  const device = chooseDevice(native);
  if (device === 'cuda' && !native.cuda) {
    return {
      available: false,
      reason: `CUDA is asked for, but libtorch ${native.version} sees no CUDA device`,
    };
  }
  const threads = Number(process.env['COATRACK_THREADS'] ?? availableParallelism());
  native.configure({ device, threads });
  useNative(native);
  registerBackend(backendName, () => new TorchBackend(native, device));
  registerPrecision(device === 'cuda' || native.bfloat16);
  registerTorchKernels(device);
  registerTorchGradients();
  loaded = { native, probe: { available: true, device, version: native.version, threads } };
  return loaded.probe;
}

function chooseDevice(native: Native): 'cpu' | 'cuda' {
  const asked = process.env['COATRACK_TORCH_DEVICE'];
  if (asked === 'cpu' || asked === 'cuda') return asked;
  return native.cuda ? 'cuda' : 'cpu';
}

/** What the engine holds: this thread's live handles, and the process's bytes of CPU memory in use, reserved, and in use at most. */
export function torchMemory(): ReturnType<Native['memory']> {
  if (!loaded) throw new Error('The torch engine is not loaded');
  return loaded.native.memory();
}
