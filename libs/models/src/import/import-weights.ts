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
  /** Outputs of the classifier: of the weights' own, or of the new one. */
  classes: number;
  /** Starts a new classifier from this seed; what the weights have for one is passed over. */
  replaceHead?: { seed: number };
  /** What the written file says of itself. */
  described?: OwnDescription;
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
 * A classifier with one output z, whose sigmoid is the second class's probability, as one with the logits 0 and z,
 * whose softmax is the same; the weights themselves where they have no such classifier, or other classes are wanted.
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

/** A position table keeps its own grid: whoever loads it resizes it. */
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
