import type { Architecture } from '../architectures/architecture';
import { initialize } from '../classifier/initialize';
import { cost } from '../interpreters/cost/cost';
import type { TensorSpec } from '../net/tensor-spec';
import { matchWeights } from '../weights/match-weights';
import { safetensorsBytes } from '../weights/safetensors-writer';
import type { WeightsSource, WeightsTensor } from '../weights/weights-source';
import { type OwnDescription, safetensorsMetadata } from './own-description';
import type { OpenedWeights } from './weights-format';

interface ImportOptions {
  architecture: Architecture;
  /** Number of outputs of the existing or the new classifier. */
  classes: number;
  /** Starts a new classifier from this seed and ignores the one in the weights. */
  replaceHead?: { seed: number };
  /** Metadata of the written file. */
  described?: OwnDescription;
  /** Called after every written tensor; an error ends the import. */
  onTensor?(done: number, total: number): void;
}

/**
 * Converts weights to a safetensors file for an architecture, one tensor in memory at a time.
 * @returns the file's bytes, which throw WeightsFormatError if values cannot be read; undefined if the opened file is
 *   already such a file
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 */
export function importWeights(
  weights: OpenedWeights,
  { architecture, classes, replaceHead, described = {}, onTensor }: ImportOptions,
): AsyncIterable<Uint8Array> | undefined {
  const specs = cost(architecture, { imageSize: architecture.trainImageSize, classes }).tensors;
  const source = withTwoClasses(weights, specs);
  matchWeights(specs, source, { ignoreHead: replaceHead !== undefined, hints: weights.hints });
  if (weights.asIs && source === weights && !replaceHead) return undefined;
  const tensors: WeightsTensor[] = [];
  for (const spec of specs) {
    if (replaceHead && spec.head) tensors.push(fresh(spec, replaceHead.seed));
    else if (source.tensors.has(spec.name)) tensors.push(taken(spec, source));
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
  return safetensorsBytes(reported, safetensorsMetadata(described));
}

/**
 * Converts a classifier with one output z, whose sigmoid is the second class's probability, to the equivalent logits 0 and
 * z. Returns other weights, and those for other numbers of classes, unchanged.
 */
function withTwoClasses(weights: OpenedWeights, specs: readonly TensorSpec[]): WeightsSource {
  const heads = specs.filter(({ head }) => head);
  const isSingle = ({ name, shape }: TensorSpec) =>
    shape[0] === 2 && weights.tensors.get(name)?.shape[0] === 1;
  if (!heads.every(isSingle)) return weights;
  const names = new Set(heads.map(({ name }) => name));
  const tensors = new Map(weights.tensors);
  for (const name of names) {
    const { dtype, shape } = weights.tensors.get(name)!;
    tensors.set(name, { dtype, shape: [2, ...shape.slice(1)] });
  }
  const read = async (name: string) => {
    const values = await weights.read(name);
    if (!names.has(name)) return values;
    const doubled = new Float32Array(2 * values.length);
    doubled.set(values, values.length);
    return doubled;
  };
  return { tensors, read, nameInFile: weights.nameInFile };
}

function fresh(spec: TensorSpec, seed: number): WeightsTensor {
  return {
    name: spec.name,
    shape: spec.shape,
    dtype: 'F32',
    data: async () => initialize(spec, seed),
  };
}

/** Returns the values to write. A position table keeps its grid, as loading resizes it. */
function taken(
  { name, role, grid, shape: own }: TensorSpec,
  weights: WeightsSource,
): WeightsTensor {
  const shape = grid ? weights.tensors.get(name)!.shape : own;
  if (role !== 'counter') return { name, shape, dtype: 'F32', data: () => weights.read(name) };
  const data = async () => BigInt64Array.from(await weights.read(name), wholeNumber);
  return { name, shape, dtype: 'I64', data };
}

function wholeNumber(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
