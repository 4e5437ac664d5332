import { z } from 'zod';
import { form, group, whole } from './field';

/** Settings for the length of a training and its learning rates. */
export const scheduleFields = group('Schedule', {
  epochs: whole(1, 10_000)
    .default(20)
    .describe('Passes over the training images.')
    .meta(form({ title: 'Epochs', 'x-basic': true })),
  learningRate: z
    .number()
    .min(0)
    .max(10)
    .default(1e-3)
    .describe(
      'Highest learning rate, reached after the warm-up; the schedule brings it down. 0 looks for one first, in up to 100 ' +
        'steps that raise it until the loss diverges and that leave nothing behind.',
    )
    .meta(form({ title: 'Learning rate', 'x-basic': true })),
  schedule: z
    .enum(['cosine', 'linear', 'constant', 'staircase', 'one-cycle'])
    .default('cosine')
    .describe(
      'How the learning rate goes on after the warm-up. cosine and linear: down to minLearningRate. ' +
        'staircase: times staircaseRate every staircaseEpochs, counted from the first step. ' +
        "one-cycle: up for 30 % of the steps, then down, as PyTorch's OneCycleLR; it brings its own warm-up.",
    )
    .meta(
      form({
        title: 'Schedule',
        'x-options': {
          cosine: 'Cosine',
          linear: 'Linear',
          constant: 'Constant',
          staircase: 'Staircase',
          'one-cycle': 'One cycle',
        },
      }),
    ),
  minLearningRate: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('Lowest learning rate after the warm-up. At most learningRate.')
    .meta(
      form({
        title: 'Lowest learning rate',
        'x-when': { schedule: ['cosine', 'linear', 'staircase', 'one-cycle'] },
      }),
    ),
  budgetMinutes: z
    .number()
    .min(0)
    .max(100_000)
    .default(0)
    .describe(
      'Time that the training may take: some steps are measured first, then there are as many epochs as fit, at most epochs, ' +
        'with the whole schedule. 0: no limit.',
    )
    .meta(form({ title: 'Time budget in minutes' })),
  headEpochs: whole(0, 1000)
    .default(0)
    .describe(
      'First epochs in which the classifier head learns alone, at learningRate times headFactor, the rest frozen; then all ' +
        'weights learn, with the warm-up and the schedule. Keeps what a trained network knows. Less than epochs.',
    )
    .meta(form({ title: 'Epochs of the head alone' })),
  patience: whole(0, 10_000)
    .default(0)
    .describe(
      'End after this many epochs in a row in which the accuracy on the validation images did not rise; 0 trains all epochs. ' +
        'Less than epochs, without those of the head alone.',
    )
    .meta(form({ title: 'Patience in epochs' })),
  warmupEpochs: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .describe(
      'Epochs over which the learning rate rises linearly from 0. Less than the epochs in which all weights learn.',
    )
    .meta(form({ title: 'Warm-up epochs' })),
  staircaseRate: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.97)
    .describe('What each stair multiplies the learning rate by; used by the staircase only.')
    .meta(form({ title: 'Staircase rate', 'x-when': { schedule: ['staircase'] } })),
  staircaseEpochs: z
    .number()
    .min(0.01)
    .max(10_000)
    .default(2.4)
    .describe('Epochs per stair; used by the staircase only.')
    .meta(form({ title: 'Epochs per stair', 'x-when': { schedule: ['staircase'] } })),
});
