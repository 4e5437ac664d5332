import type { Architecture } from '../architecture';
import { initialize } from '../classifier/initialize';
import { cost } from '../cost/cost';
import type { TensorSpec } from '../net/tensor-spec';
import { matchWeights } from '../weights/match-weights';
import { safetensorsBytes } from '../weights/safetensors-writer';
import type { WeightsTensor } from '../weights/weights-source';
import type { OpenedWeights } from './weights-format';

export interface ImportOptions {
  architecture: Architecture;
  /** Outputs of the classifier: of the weights' own, or of the new one. */
  classes: number;
  /** Starts a new classifier from this seed; what the weights have for one is passed over. */
  replaceHead?: { seed: number };
  /** Called after every tensor that is written; what it throws ends the import. */
  onTensor?(done: number, total: number): void;
}

/**
 * Makes weights a safetensors file that fits an architecture, one tensor in memory at a time.
 * @returns that file's bytes, which throw WeightsFormatError where the values can't be read; undefined where the opened
 *   file is such a file already
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 */
export function importWeights(
  weights: OpenedWeights,
  { architecture, classes, replaceHead, onTensor }: ImportOptions,
): AsyncIterable<Uint8Array> | undefined {
  const specs = cost(architecture, { imageSize: architecture.trainImageSize, classes }).tensors;
  matchWeights(specs, weights, { ignoreHead: replaceHead !== undefined });
  if (weights.format === 'safetensors' && !replaceHead) return undefined;
  const tensors: WeightsTensor[] = [];
  for (const spec of specs) {
    if (replaceHead && spec.head) tensors.push(fresh(spec, replaceHead.seed));
    else if (weights.tensors.has(spec.name)) tensors.push(taken(spec, weights));
  }
  let done = 0;
  const reported = tensors.map((tensor) => ({
    ...tensor,
    data: async () => {
      const values = await tensor.data();
      onTensor?.(++done, tensors.length);
      return values;
    },
  }));
  // PyTorch's mark, which some readers ask for.
  return safetensorsBytes(reported, { format: 'pt' });
}

function fresh(spec: TensorSpec, seed: number): WeightsTensor {
  return {
    name: spec.name,
    shape: spec.shape,
    dtype: 'F32',
    data: async () => initialize(spec, seed),
  };
}

/** A position table keeps its own grid: whoever loads it resizes it. */
function taken(
  { name, role, grid, shape: own }: TensorSpec,
  weights: OpenedWeights,
): WeightsTensor {
  const shape = grid ? weights.tensors.get(name)!.shape : own;
  if (role !== 'counter') return { name, shape, dtype: 'F32', data: () => weights.read(name) };
  const data = async () => BigInt64Array.from(await weights.read(name), wholeNumber);
  return { name, shape, dtype: 'I64', data };
}

function wholeNumber(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
