import { Draws, purposes } from '@coatrack/images';

/** How images of a batch are mixed with each other. 0 turns a method off. */
export interface Mixing {
  /** Alpha of mixup's beta distribution. */
  mixup: number;
  /** Alpha of cutmix's beta distribution. */
  cutmix: number;
  seed: number;
  epoch: number;
}

/** Partner label and own share of each image of a batch. */
export interface Mixed {
  /** [batch], label of the image it was mixed with */
  labels: number[];
  /** [batch], share of its own image, and so of its own label */
  shares: number[];
}

/** Images of a batch with side × side × 3 values each. */
interface Images {
  values: Float32Array;
  side: number;
}

/**
 * Mixes the images of a batch with each other, as google/automl's datasets.py does: each image with the one at the mirrored
 * position. With both mixup and cutmix on, the first half uses mixup and the second cutmix, each within itself.
 * Differs: in cutmix each label counts by its own image's area, where the original uses the batch's mean.
 * @param images [batch, side, side, 3]; changed in place
 * @param batch the images' labels, and their dataset indices, from which their random numbers are derived
 */
export function mix(
  images: Images,
  batch: { labels: readonly number[]; indices: readonly number[] },
  { mixup, cutmix, seed, epoch }: Mixing,
): Mixed {
  const count = batch.labels.length;
  const middle = mixup > 0 && cutmix > 0 ? Math.floor(count / 2) : mixup > 0 ? count : 0;
  const mixed: Mixed = { labels: [...batch.labels], shares: batch.labels.map(() => 1) };
  const drawsOf = (row: number) => new Draws(seed, epoch, batch.indices[row]!, purposes.mixing);
  for (const [row, partner] of pairs(0, middle)) {
    const shares = [row, partner].map((own) => mixupShare(mixup, drawsOf(own))) as Two;
    blend(images, row, partner, shares);
    keep(mixed, batch.labels, row, partner, shares);
  }
  for (const [row, partner] of pairs(middle, cutmix > 0 ? count : middle)) {
    const boxes = [row, partner].map((own) => patch(cutmix, images.side, drawsOf(own)));
    const shares = boxes.map(({ area }) => 1 - area / images.side ** 2) as Two;
    exchange(images, row, partner, boxes as [Patch, Patch]);
    keep(mixed, batch.labels, row, partner, shares);
  }
  return mixed;
}

type Two = [first: number, second: number];

/** Yields the rows [start, end) in pairs from outside in. A middle row is left out, as it would be mixed with itself. */
function* pairs(start: number, end: number): Generator<Two> {
  for (let row = start, partner = end - 1; row < partner; row++, partner--) yield [row, partner];
}

function keep(
  mixed: Mixed,
  labels: readonly number[],
  row: number,
  partner: number,
  [own, other]: Two,
): void {
  mixed.labels[row] = labels[partner]!;
  mixed.labels[partner] = labels[row]!;
  mixed.shares[row] = own;
  mixed.shares[partner] = other;
}

/** Draws the share for mixup, arXiv:1710.09412. The image itself gets the larger share. */
function mixupShare(alpha: number, draws: Draws): number {
  const share = draws.beta(alpha);
  return Math.max(share, 1 - share);
}

function blend({ values, side }: Images, row: number, partner: number, [own, other]: Two): void {
  const length = side ** 2 * 3;
  const first = values.subarray(row * length, (row + 1) * length);
  const second = values.subarray(partner * length, (partner + 1) * length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [first[at]!, second[at]!];
    first[at] = a * own + b * (1 - own);
    second[at] = b * other + a * (1 - other);
  }
}

interface Patch {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** in pixels */
  area: number;
}

/** Draws the patch for cutmix, arXiv:1905.04899: a rectangle around a random point, clipped at the edges. */
function patch(alpha: number, side: number, draws: Draws): Patch {
  const reach = Math.floor(Math.floor(Math.sqrt(1 - draws.beta(alpha)) * side) / 2);
  const [x, y] = [draws.integer(side), draws.integer(side)];
  const [left, right] = [Math.max(0, x - reach), Math.min(side, x + reach)];
  const [top, bottom] = [Math.max(0, y - reach), Math.min(side, y + reach)];
  return { left, top, right, bottom, area: (right - left) * (bottom - top) };
}

/** Swaps a patch between two images. */
function exchange(
  { values, side }: Images,
  row: number,
  partner: number,
  [into, intoPartner]: [Patch, Patch],
): void {
  const length = side ** 2 * 3;
  const first = values.subarray(row * length, (row + 1) * length);
  const second = values.subarray(partner * length, (partner + 1) * length);
  const original = first.slice();
  paste(second, first, side, into);
  paste(original, second, side, intoPartner);
}

function paste(from: Float32Array, to: Float32Array, side: number, area: Patch): void {
  for (let y = area.top; y < area.bottom; y++) {
    const [start, end] = [(y * side + area.left) * 3, (y * side + area.right) * 3];
    to.set(from.subarray(start, end), start);
  }
}
