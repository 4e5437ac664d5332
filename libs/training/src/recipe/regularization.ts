import { z } from 'zod';
import { form, group } from './field';

/** Settings that keep the network from memorising the training images. */
export const regularizationFields = group('Regularization', {
  labelSmoothing: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.1)
    .describe('Share of the target probability spread evenly over all classes.')
    .meta(form({ title: 'Label smoothing' })),
  dropRate: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Dropout probability before the classifier head.')
    .meta(form({ title: 'Dropout rate' })),
  dropPathRate: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe('Stochastic depth: drop probability of the last block, rising linearly over blocks.')
    .meta(form({ title: 'Drop path rate' })),
});
