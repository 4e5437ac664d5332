import { z } from 'zod';
import { form, group } from './field';

/** Settings that compensate for classes with many more images than others. */
export const balanceFields = group('Skewed classes', {
  balance: z
    .enum(['none', 'weights', 'sampling'])
    .default('none')
    .describe(
      'weights: the loss of an image counts the more, the fewer images its class has. sampling: an epoch has equally many ' +
        'images of every class; those of small classes come up several times.',
    )
    .meta(
      form({
        title: 'Balance classes by',
        'x-options': { none: 'Nothing', weights: 'Weights in the loss', sampling: 'Sampling' },
      }),
    ),
  logitAdjustment: z
    .number()
    .min(0)
    .max(3)
    .default(0)
    .describe(
      "Adds this many times the logarithm of a class's share of the training images to its logit while it trains, so that small " +
        'classes are predicted as readily as large ones (arXiv:2007.07314); 1 is exact for equally frequent classes, 0 is off. ' +
        'Instead of balance, not with it.',
    )
    .meta(form({ title: 'Logit adjustment' })),
});
