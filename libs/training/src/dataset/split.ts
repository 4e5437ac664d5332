import { hash, shuffled } from '../random';

export interface Split {
  /** indices of pictures, ascending */
  train: number[];
  validation: number[];
}

/**
 * Holds pictures out for validation, in every class the same share, at least one and never all of them.
 * @param labels class index of each picture
 * @throws RangeError when a class has fewer than two pictures
 */
export function splitDataset(
  labels: readonly number[],
  { validationFraction, seed }: { validationFraction: number; seed: number },
): Split {
  const members = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const known = members.get(label);
    if (known) known.push(index);
    else members.set(label, [index]);
  });
  const split: Split = { train: [], validation: [] };
  for (const [label, indices] of members) {
    if (indices.length < 2) {
      throw new RangeError(`Class ${label} has ${indices.length} picture; a split needs two`);
    }
    const share = Math.round(indices.length * validationFraction);
    const held = Math.min(Math.max(share, 1), indices.length - 1);
    const order = shuffled(indices, hash(seed, label));
    split.validation.push(...order.slice(0, held));
    split.train.push(...order.slice(held));
  }
  const ascending = (a: number, b: number) => a - b;
  return { train: split.train.sort(ascending), validation: split.validation.sort(ascending) };
}
