import { type Augmentation, type PolicyName, policyNames } from '@coatrack/images';
import { z } from 'zod';
import { form, group, whole } from './field';

/** Below this share, images would have to be kept at many times their input size. */
const smallestCrop = 0.05;

/** Random changes to training images, drawn anew each epoch. */
export const augmentationFields = group('Augmentation', {
  cropMin: z
    .number()
    .min(0)
    .max(1)
    .refine((share) => share === 0 || share >= smallestCrop, {
      message: `Must be 0, which turns it off, or at least ${smallestCrop}`,
    })
    .default(0)
    .describe(
      "Random resized crops: the smallest share of an image's area that is seen, 0.05 to 1; 0.35 is mild. " +
        '0: no resized crops, but a random place at the scale of evaluation.',
    )
    .meta(form({ title: 'Smallest crop' })),
  verticalFlip: z
    .boolean()
    .default(false)
    .describe('Mirror training images top to bottom at random: where images have no up and down.')
    .meta(form({ title: 'Mirror top to bottom at random' })),
  augment: z
    .enum(policyNames as [PolicyName, ...PolicyName[]])
    .default('none')
    .describe(
      'Which operations change colours and shapes. trivialaugment: one of 14, at a random strength. ' +
        'randaugment: augmentLayers of 16, at the strength augmentMagnitude.',
    )
    .meta(
      form({
        title: 'Policy',
        'x-options': {
          none: 'None',
          randaugment: 'RandAugment',
          trivialaugment: 'TrivialAugment',
        },
      }),
    ),
  augmentMagnitude: z
    .number()
    .min(0)
    .max(30)
    .default(10)
    .describe('Strength of randaugment: 5 is mild, 15 strong. Used by augment "randaugment" only.')
    .meta(form({ title: 'Magnitude', 'x-when': { augment: ['randaugment'] } })),
  augmentLayers: whole(1, 8)
    .default(2)
    .describe(
      'Operations that randaugment applies to an image. Used by augment "randaugment" only.',
    )
    .meta(form({ title: 'Layers', 'x-when': { augment: ['randaugment'] } })),
  colorJitter: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Brightness, contrast and saturation are each multiplied by 1 − colorJitter to 1 + colorJitter.',
    )
    .meta(form({ title: 'Color jitter' })),
  hueJitter: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('Hues are turned by up to this share of their circle, either way.')
    .meta(form({ title: 'Hue jitter' })),
  cutout: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      "Side of a square hole of noise, as a share of the image's: 0.5 in EfficientNetV2's fine-tuning; 0 turns it off.",
    )
    .meta(form({ title: 'Cutout' })),
  erasing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Probability that a rectangle of 2 to 33 % of the image is set to the mean color.')
    .meta(form({ title: 'Random erasing' })),
  mixup: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'Blend images of a batch and their labels: alpha of the beta distribution of the shares, 0.1 to 0.8; 0 turns it off. ' +
        'With cutmix on as well, each gets half of the batch.',
    )
    .meta(form({ title: 'Mixup alpha' })),
  cutmix: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'Paste a rectangle of one image of a batch into another and share the label by area: alpha of the beta distribution ' +
        'of the shares, usually 1; 0 turns it off.',
    )
    .meta(form({ title: 'Cutmix alpha' })),
});

type AugmentationFields = z.output<z.ZodObject<typeof augmentationFields>> & { flip: boolean };

/** Returns the changes that a recipe makes to each single image. */
export function augmentationOf(recipe: AugmentationFields): Augmentation {
  const { cropMin, flip, verticalFlip, colorJitter, hueJitter, cutout, erasing } = recipe;
  return {
    cropMin,
    flip,
    verticalFlip,
    policy: recipe.augment,
    magnitude: recipe.augmentMagnitude,
    layers: recipe.augmentLayers,
    colorJitter,
    hueJitter,
    cutout,
    erasing,
  };
}
