import type { Pixels } from '../pixels';
import type { Draws } from '../random';
import { coveredArea } from './holes';
import { saturation } from './operations/colour';
import { blank, rotate, shearX, shearY, translateX, translateY } from './operations/geometry';
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  invert,
  posterize,
  solarize,
  solarizeAdd,
} from './operations/levels';
import { sharpness } from './operations/sharpness';

/** Strength of an operation on one image. */
export interface Strength {
  /** share of the operation's range: 0 to 1, or more for magnitudes above 10 */
  share: number;
  /** 1 or −1, chosen at random */
  sign: number;
  /** the image's side, in pixels */
  side: number;
}

/** One operation of a policy. */
export interface PolicyRow {
  /** @param argument the row's argument for this strength, or 0 */
  apply: (image: Pixels, argument: number, draws: Draws) => void;
  argument?: (strength: Strength) => number;
}

/** A set of operations, of which each image gets one or more at random. */
interface Policy {
  /** Returns the share of the range to use for one of an image's operations. */
  share: (magnitude: number, draws: Draws) => number;
  /** number of operations per image; undefined: the caller's `layers` */
  layers?: number;
  rows: Readonly<Record<string, PolicyRow>>;
}

const unchanged = (): void => undefined;

/** Level of pixels that come from outside the image, as in google/automl and torchvision. */
const grey = 128;
const black = 0;

/** Smallest side that randAugment's distances are meant for. Below it, they shrink with the image. */
const smallestSide = 128;
const distance = (pixels: number, side: number) => pixels * Math.min(1, side / smallestSide);

/** Returns a row for an enhancement, from almost none of the enhanced property to twice as much. */
const enhanced = (apply: PolicyRow['apply']): PolicyRow => ({
  apply,
  argument: ({ share }) => 0.1 + 1.8 * share,
});

/**
 * RandAugment (arXiv:1909.13719) as used to train EfficientNetV2: google/automl, efficientnetv2/autoaugment.py. The original
 * draws a probability per operation but never uses it: a chosen operation is always applied.
 * Differs: contrast uses PIL's mean, where the original uses the number of pixels over 256. Translations and holes, given in
 * pixels there, shrink with images below 128 px, because they would leave nothing of them.
 */
const randAugment: Policy = {
  share: (magnitude) => magnitude / 10,
  rows: {
    AutoContrast: { apply: autoContrast },
    Equalize: { apply: equalize },
    Invert: { apply: invert },
    Rotate: {
      apply: (image, degrees) => rotate(image, degrees, grey),
      argument: ({ share, sign }) => sign * 30 * share,
    },
    // TensorFlow shifts by 7 bits at most, so one bit stays.
    Posterize: {
      apply: posterize,
      argument: ({ share }) => Math.min(8, Math.max(1, Math.trunc(4 * share))),
    },
    Solarize: { apply: solarize, argument: ({ share }) => Math.trunc(256 * share) },
    Color: enhanced(saturation),
    Contrast: enhanced(contrast),
    Brightness: enhanced(brightness),
    Sharpness: enhanced(sharpness),
    ShearX: {
      apply: (image, slope) => shearX(image, slope, grey),
      argument: ({ share, sign }) => sign * 0.3 * share,
    },
    ShearY: {
      apply: (image, slope) => shearY(image, slope, grey),
      argument: ({ share, sign }) => sign * 0.3 * share,
    },
    TranslateX: {
      apply: (image, pixels) => translateX(image, pixels, grey),
      argument: ({ share, sign, side }) => Math.trunc(sign * distance(100, side) * share),
    },
    TranslateY: {
      apply: (image, pixels) => translateY(image, pixels, grey),
      argument: ({ share, sign, side }) => Math.trunc(sign * distance(100, side) * share),
    },
    Cutout: {
      apply: (image, reach, draws) => blank(image, coveredArea(image, reach, draws), grey),
      argument: ({ share, side }) => Math.trunc(distance(40, side) * share),
    },
    SolarizeAdd: { apply: solarizeAdd, argument: ({ share }) => Math.trunc(110 * share) },
  },
};

const strengths = 31;

/** Returns a row for an enhancement, from nearly none of the enhanced property to nearly twice as much. */
const widelyEnhanced = (apply: PolicyRow['apply']): PolicyRow => ({
  apply,
  argument: ({ share, sign }) => 1 + sign * 0.99 * share,
});

/** TrivialAugment (arXiv:2103.10158) in its wide form, as in torchvision: one operation, with one of 31 strengths. */
const trivialAugment: Policy = {
  share: (_magnitude, draws) => draws.integer(strengths) / (strengths - 1),
  layers: 1,
  rows: {
    Identity: { apply: unchanged },
    ShearX: {
      apply: (image, slope) => shearX(image, slope, black),
      argument: ({ share, sign }) => sign * 0.99 * share,
    },
    ShearY: {
      apply: (image, slope) => shearY(image, slope, black),
      argument: ({ share, sign }) => sign * 0.99 * share,
    },
    TranslateX: {
      apply: (image, pixels) => translateX(image, pixels, black),
      argument: ({ share, sign }) => Math.trunc(sign * 32 * share),
    },
    TranslateY: {
      apply: (image, pixels) => translateY(image, pixels, black),
      argument: ({ share, sign }) => Math.trunc(sign * 32 * share),
    },
    Rotate: {
      apply: (image, degrees) => rotate(image, degrees, black),
      argument: ({ share, sign }) => sign * 135 * share,
    },
    Brightness: widelyEnhanced(brightness),
    Color: widelyEnhanced(saturation),
    Contrast: widelyEnhanced(contrast),
    Sharpness: widelyEnhanced(sharpness),
    Posterize: { apply: posterize, argument: ({ share }) => 8 - Math.round(6 * share) },
    Solarize: { apply: solarize, argument: ({ share }) => 255 - 255 * share },
    AutoContrast: { apply: autoContrast },
    Equalize: { apply: equalize },
  },
};

/** Policies by name. An undefined policy leaves images unchanged. */
export const policies = {
  none: undefined,
  randaugment: randAugment,
  trivialaugment: trivialAugment,
} satisfies Record<string, Policy | undefined>;

export type PolicyName = keyof typeof policies;

export const policyNames = Object.keys(policies) as PolicyName[];

/** Applies a policy to an image. */
export function applyPolicy(
  image: Pixels,
  { policy: name, magnitude, layers }: { policy: PolicyName; magnitude: number; layers: number },
  draws: Draws,
): void {
  const policy: Policy | undefined = policies[name];
  if (!policy) return;
  const rows = Object.values(policy.rows);
  for (let layer = 0; layer < (policy.layers ?? layers); layer++) {
    const { apply, argument } = rows[draws.integer(rows.length)]!;
    const share = policy.share(magnitude, draws);
    const strength = { share, sign: draws.sign(), side: image.width };
    apply(image, argument?.(strength) ?? 0, draws);
  }
}
