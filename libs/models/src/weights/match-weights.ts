import { maxListedProblems, WeightsMismatchError, type WeightsProblem } from '../errors';
import type { TensorSpec } from '../net/tensor-spec';
import { shown } from './fail';
import { isFloat } from './tensor-types';
import type { WeightsSource } from './weights-source';

/**
 * Checks names, shapes and types of a source against a network's tensors, without reading values. Position tables may be of
 * another square grid, and counters may be missing.
 * @param ignoreHead whether to ignore the source's tensors with the head's names
 * @param hints returns possible reasons; called when something does not fit
 * @throws WeightsMismatchError naming the first missing, extra and misshaped tensors
 */
export function matchWeights(
  specs: readonly TensorSpec[],
  source: Pick<WeightsSource, 'tensors' | 'nameInFile'>,
  { ignoreHead, hints }: { ignoreHead: boolean; hints?: () => readonly string[] },
): void {
  const problems: WeightsProblem[] = [];
  let total = 0;
  const report = (tensor: string, problem: WeightsProblem['problem'], what: string) => {
    if (++total > maxListedProblems) return;
    const other = source.nameInFile?.(tensor);
    const inFile = other === undefined || other === tensor ? '' : ` (in the file: ${shown(other)})`;
    const message = `${shown(tensor)}${inFile} ${what}`;
    problems.push({ tensor: shown(tensor), problem, message });
  };
  const known = new Set(specs.map(({ name }) => name));
  for (const spec of specs) {
    if (ignoreHead && spec.head) continue;
    const found = source.tensors.get(spec.name);
    if (!found) {
      if (spec.role === 'counter') continue;
      report(spec.name, 'missing', `is missing: expected ${describe(spec.shape)}.`);
    } else if (!fits(spec, found.shape)) {
      const shapes = `${describe(found.shape)} instead of ${describe(spec.shape)}`;
      report(spec.name, 'misshaped', `has the shape ${shapes}.`);
    } else if (spec.role !== 'counter' && !isFloat(found.dtype)) {
      report(spec.name, 'misshaped', `contains ${found.dtype} instead of floating-point numbers.`);
    }
  }
  for (const name of source.tensors.keys()) {
    if (!known.has(name)) report(name, 'extra', 'is extra: the network has no such tensor.');
  }
  if (total > 0) throw new WeightsMismatchError(problems, total, hints?.());
}

/** Returns the side of the square grid of a position table with this number of rows; undefined if there is none. */
export function tableGrid(rows: number): number | undefined {
  const side = Math.sqrt(rows);
  return Number.isInteger(side) && side % 2 === 1 ? (side + 1) / 2 : undefined;
}

export function fits({ shape, grid }: TensorSpec, found: readonly number[]): boolean {
  if (grid && found.length === 2 && found[1] === shape[1] && tableGrid(found[0]) !== undefined)
    return true;
  const [wanted, given] = [asDense(shape), asDense(found)];
  return wanted.length === given.length && wanted.every((side, axis) => side === given[axis]);
}

/** Returns the shape of a 1×1 convolution's weight as a dense layer's: the values are the same, and timm accepts either. */
export function asDense(shape: readonly number[]): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}

function describe(shape: readonly number[]): string {
  const sides = shape.length > 8 ? [...shape.slice(0, 8), '…'] : shape;
  return `[${sides.join(', ')}]`;
}
