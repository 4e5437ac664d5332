import { z } from 'zod';
import { form, group, whole } from './field';

/** What is trained, and in which numbers. */
export const runFields = group('Run', {
  trainable: z
    .enum(['all', 'head'])
    .default('all')
    .describe('all: every weight learns. head: the classifier head alone, the rest is frozen.')
    .meta(
      form({
        title: 'Train',
        'x-basic': true,
        'x-options': { all: 'All layers', head: 'Classifier head only' },
      }),
    ),
  keep: z
    .enum(['last', 'best', 'soup'])
    .default('last')
    .describe(
      'Whose weights the finished model has. last: of the last epoch. best: of the epoch with the highest accuracy on the ' +
        'validation images, among equals the lowest loss. soup: the average of up to the three best, as far as it is no worse ' +
        'than the best.',
    )
    .meta(
      form({
        title: 'Keep',
        'x-options': { last: 'Last epoch', best: 'Best epoch', soup: 'Average of the best' },
      }),
    ),
  precision: z
    .enum(['fp32', 'bf16'])
    .default('fp32')
    .describe(
      'What the network computes in while it trains. bf16 is faster and less exact; it needs the ' +
        'torch engine, and a processor with avx512_bf16 or AMX or a CUDA GPU. Weights, statistics ' +
        'and the optimizer stay fp32.',
    )
    .meta(form({ title: 'Precision' })),
  seed: whole(0, 2 ** 32 - 1)
    .default(0)
    .describe('Same seed, images and recipe: same split, order, flips and initial weights.')
    .meta(form({ title: 'Seed' })),
});
