import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Devices of ONNX Runtime, by its own names. */
export type OnnxProvider = 'cpu' | 'cuda' | 'tensorrt';

/** Providers in the order in which ONNX Runtime asks them for each step of a graph. */
export type ProviderChain = readonly OnnxProvider[];

const chains: Record<OnnxProvider, ProviderChain> = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
};

/**
 * Returns the provider chains to try in order.
 * @param wanted auto: CUDA if its library is installed, then the CPU in case it finds no GPU. TensorRT is only used on
 *   request, because it takes minutes to prepare a network.
 */
export function providerChains(wanted: OnnxProvider | 'auto'): ProviderChain[] {
  if (wanted !== 'auto') return [chains[wanted]];
  return hasCuda() ? [chains.cuda, chains.cpu] : [chains.cpu];
}

/** Returns whether the CUDA library is installed: onnxruntime-node includes the CPU's, and its script adds those for GPUs. */
function hasCuda(): boolean {
  const binaries = join(dirname(require.resolve('onnxruntime-node')), '..', 'bin');
  return readdirSync(binaries).some((version) =>
    existsSync(
      join(binaries, version, process.platform, process.arch, 'libonnxruntime_providers_cuda.so'),
    ),
  );
}
