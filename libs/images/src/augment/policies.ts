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

/** How strongly an operation is applied to one image. */
export interface Strength {
  /** share of the operation's range: 0 to 1, above where the magnitude is above 10 */
  share: number;
  /** 1 or −1, at random */
  sign: number;
  /** the image's side, in pixels */
  side: number;
}

/** One operation of a policy. */
export interface PolicyRow {
  /** @param argument what the row makes of the strength, or 0 */
  apply: (image: Pixels, argument: number, draws: Draws) => void;
  argument?: (strength: Strength) => number;
}

/** Operations, of which an image gets one or more at random. */
interface Policy {
  /** Returns the share of the operations' ranges for one of an image's operations. */
  share: (magnitude: number, draws: Draws) => number;
  /** how many operations an image gets; undefined: as many as it is asked for */
  layers?: number;
  rows: Readonly<Record<string, PolicyRow>>;
}

const unchanged = (): void => undefined;

/** Level of what comes from outside the image: that of google/automl, and torchvision's. */
const grey = 128;
const black = 0;

/** Smallest side for which the distances of randAugment are meant: below, they shrink with the image. */
const smallestSide = 128;
const distance = (pixels: number, side: number) => pixels * Math.min(1, side / smallestSide);

/** A row of an enhancement, from next to nothing of what it enhances to twice as much. */
const enhanced = (apply: PolicyRow['apply']): PolicyRow => ({
  apply,
  argument: ({ share }) => 0.1 + 1.8 * share,
});

/**
 * RandAugment (arXiv:1909.13719) as EfficientNetV2 was trained with: google/automl, efficientnetv2/autoaugment.py. The probability
 * that is drawn there for each operation is never used: one that is chosen is applied. Differs: contrast goes by PIL's mean,
 * where the original takes the number of pixels over 256; translations and holes, in pixels there, shrink with images below
 * 128 px, of which they would leave nothing.
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
    // TensorFlow shifts by 7 bits at most: one bit stays.
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

/** A row of an enhancement, from nearly nothing of what it enhances to nearly twice as much. */
const widelyEnhanced = (apply: PolicyRow['apply']): PolicyRow => ({
  apply,
  argument: ({ share, sign }) => 1 + sign * 0.99 * share,
});

/**
 * TrivialAugment (arXiv:2103.10158) in its wide form, as torchvision has it: one operation, of a strength that is drawn out
 * of 31.
 */
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

/** By name; undefined leaves images alone. */
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
