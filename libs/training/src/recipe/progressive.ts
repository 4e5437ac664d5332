import { z } from 'zod';
import { form, group, whole } from './field';

/**
 * Settings for starting with small images and little regularization and increasing both. EfficientNetV2, arXiv:2104.00298, §4.
 */
export const progressiveFields = group('Progressive learning', {
  stages: whole(1, 16)
    .default(1)
    .describe(
      'Stages of equal length in which image size and regularization rise evenly from their first values to those of the ' +
        'recipe; 1: the same throughout. At most the epochs in which all weights learn.',
    )
    .meta(form({ title: 'Stages' })),
  firstImageSize: whole(32, 1024)
    .nullable()
    .default(null)
    .describe(
      'Image size of the first stage, in pixels; null: imageSize. Each stage takes the nearest size that the network can look at.',
    )
    .meta(form({ title: 'First image size' })),
  firstMagnitude: z
    .number()
    .min(0)
    .max(30)
    .nullable()
    .default(null)
    .describe('augmentMagnitude of the first stage; null: the same as of the last.')
    .meta(form({ title: 'First magnitude', 'x-when': { augment: ['randaugment'] } })),
  firstMixup: z
    .number()
    .min(0)
    .max(10)
    .nullable()
    .default(null)
    .describe('mixup of the first stage; null: the same as of the last.')
    .meta(form({ title: 'First mixup alpha' })),
  firstCutmix: z
    .number()
    .min(0)
    .max(10)
    .nullable()
    .default(null)
    .describe('cutmix of the first stage; null: the same as of the last.')
    .meta(form({ title: 'First cutmix alpha' })),
  firstDropRate: z
    .number()
    .min(0)
    .max(0.9)
    .nullable()
    .default(null)
    .describe('dropRate of the first stage; null: the same as of the last.')
    .meta(form({ title: 'First dropout rate' })),
});
