import { registerBackend } from '@tensorflow/tfjs-core';
import { threadCount, torchDeviceSet } from '../settings';
import { useNative } from './aten';
import { backendName } from './define-kernel';
import { registerTorchGradients } from './gradients';
import { registerTorchKernels } from './kernels';
import { loadNative, Native } from './native';
import { registerPrecision } from './bfloat16';
import { TorchBackend } from './torch-backend';

export type TorchProbe =
  | { available: false; reason: string }
  | { available: true; device: 'cpu' | 'cuda'; version: string; threads: number };

let loaded: { native: Native; probe: TorchProbe } | undefined;

/**
 * Loads the addon once and registers the backend `torch` with its kernels, without choosing it.
 * COATRACK_TORCH_DEVICE (cpu | cuda) and COATRACK_THREADS override the defaults.
 * @throws WrongSettingError
 */
export async function loadTorch(): Promise<TorchProbe> {
  if (loaded) return loaded.probe;
  const threads = threadCount();
  const deviceSet = torchDeviceSet();
  let native: Native;
  try {
    native = loadNative();
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
  const device = deviceSet ?? (native.cuda ? 'cuda' : 'cpu');
  if (device === 'cuda' && !native.cuda) {
    return {
      available: false,
      reason: `CUDA was requested, but libtorch ${native.version} finds no CUDA device`,
    };
  }
  native.configure({ device, threads });
  useNative(native);
  registerBackend(backendName, () => new TorchBackend(native, device));
  registerPrecision(device === 'cuda' || native.bfloat16);
  registerTorchKernels(device);
  registerTorchGradients();
  loaded = { native, probe: { available: true, device, version: native.version, threads } };
  return loaded.probe;
}

/** Returns this thread's number of live handles, and the process's CPU memory in bytes: in use, reserved, and peak. */
export function torchMemory(): ReturnType<Native['memory']> {
  if (!loaded) throw new Error('The torch engine is not loaded');
  return loaded.native.memory();
}
