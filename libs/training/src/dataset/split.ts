import { hash } from '@coatrack/images';
import { shuffled } from '../random';
import type { ImageSet } from './image-set';

export interface Split {
  /** indices of images, ascending */
  train: number[];
  validation: number[];
}

const ascending = (a: number, b: number) => a - b;

/**
 * Returns the images to train on and the images to validate with.
 * A dataset's own splits are used if it has any: `valid` for validation, or `test` if there is no `valid`. `test` is never
 * trained on. Otherwise the same share of every class is held out, at least one image and never all of them, with copies of an
 * image kept together.
 * @throws RangeError when there is nothing to train on, or nothing to validate with
 */
export function splitDataset(
  { labels, splits, copyOf }: Pick<ImageSet, 'labels' | 'splits' | 'copyOf'>,
  options: { validationFraction: number; seed: number },
): Split {
  const inSplit = (name: string | null) =>
    labels.flatMap((_, index) => ((splits?.[index] ?? null) === name ? [index] : []));
  const valid = inSplit('valid');
  const given = valid.length > 0 ? valid : inSplit('test');
  const split =
    given.length > 0
      ? { train: inSplit('train'), validation: given }
      : holdOut(labels, copyOf, options);
  if (split.train.length === 0) throw new RangeError('No image is left to train on');
  if (split.validation.length === 0) {
    throw new RangeError('No image is left to validate with: no class has two different ones');
  }
  return split;
}

function holdOut(
  labels: readonly number[],
  copyOf: ImageSet['copyOf'],
  { validationFraction, seed }: { validationFraction: number; seed: number },
): Split {
  const members = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const known = members.get(label);
    if (known) known.push(index);
    else members.set(label, [index]);
  });
  const groupOf = (index: number) => copyOf?.[index] ?? index;
  /** Groups of copies, keyed by their first image. A group may have members in several classes. */
  const isHeld = new Map<number, boolean>();
  for (const [label, indices] of members) {
    const sizes = new Map<number, number>();
    for (const index of indices) sizes.set(groupOf(index), (sizes.get(groupOf(index)) ?? 0) + 1);
    const open = [...sizes.keys()].filter((group) => !isHeld.has(group));
    let held = 0;
    for (const [group, size] of sizes) if (isHeld.get(group)) held += size;
    const share = Math.round(indices.length * validationFraction);
    const wanted = Math.min(Math.max(share, 1), indices.length - 1);
    for (const group of shuffled(open, hash(seed, label))) {
      const hold = held + sizes.get(group)! <= wanted;
      isHeld.set(group, hold);
      if (hold) held += sizes.get(group)!;
    }
    // If every group is larger than the share, the smallest one is held out.
    if (held === 0 && sizes.size > 1 && open.length > 0) {
      isHeld.set(
        open.reduce((a, b) => (sizes.get(b)! < sizes.get(a)! ? b : a)),
        true,
      );
    }
  }
  const side = (held: boolean) =>
    labels.flatMap((_, index) => (isHeld.get(groupOf(index)) === held ? [index] : []));
  return { train: side(false).sort(ascending), validation: side(true).sort(ascending) };
}
