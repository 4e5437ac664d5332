import { z } from 'zod';
import { form, group, whole } from './field';

/** Settings for the weights to train and the precision. */
export const runFields = group('Run', {
  method: z
    .enum(['gradient', 'linear-probe'])
    .default('gradient')
    .describe(
      'gradient: the network learns step by step. linear-probe: its features are computed once and a new classifier head is ' +
        'fitted to them in closed form, which takes about as long as one look at every image. That needs a model to start from; ' +
        'epochs, optimizer, schedule and augmentation have no effect.',
    )
    .meta(
      form({
        title: 'Method',
        'x-basic': true,
        'x-options': { gradient: 'Training', 'linear-probe': 'Linear probe (quick)' },
      }),
    ),
  headStart: z
    .enum(['inherited', 'probe'])
    .default('inherited')
    .describe(
      "Where the classifier head starts from. inherited: the model's where its labels are the dataset's, otherwise random. " +
        'probe: a linear probe of the features, where training starts from a model.',
    )
    .meta(
      form({
        title: 'Head starts from',
        'x-options': { inherited: "The model's head, or random", probe: 'Linear probe' },
        'x-when': { method: ['gradient'] },
      }),
    ),
  trainable: z
    .enum(['all', 'head'])
    .default('all')
    .describe('all: every weight learns. head: the classifier head alone, the rest is frozen.')
    .meta(
      form({
        title: 'Train',
        'x-basic': true,
        'x-options': { all: 'All layers', head: 'Classifier head only' },
        'x-when': { method: ['gradient'] },
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
