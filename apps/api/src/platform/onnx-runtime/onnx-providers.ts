import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where ONNX Runtime computes, by its own names. */
export type OnnxProvider = 'cpu' | 'cuda' | 'tensorrt';

/** Providers in the order in which ONNX Runtime asks them for each step of a graph. */
export type ProviderChain = readonly OnnxProvider[];

const chains: Record<OnnxProvider, ProviderChain> = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
};

/**
 * The chains to try, one after the other.
 * @param wanted auto: CUDA where its library is installed, and the processor where that finds no GPU; TensorRT only for who
 *   asks, for it takes minutes to prepare a network
 */
export function providerChains(wanted: OnnxProvider | 'auto'): ProviderChain[] {
  if (wanted !== 'auto') return [chains[wanted]];
  return hasCuda() ? [chains.cuda, chains.cpu] : [chains.cpu];
}

/** onnxruntime-node brings the processor's library; its own script adds those for GPUs. */
function hasCuda(): boolean {
  const binaries = join(dirname(require.resolve('onnxruntime-node')), '..', 'bin');
  return readdirSync(binaries).some((version) =>
    existsSync(
      join(binaries, version, process.platform, process.arch, 'libonnxruntime_providers_cuda.so'),
    ),
  );
}
