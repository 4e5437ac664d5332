import { z } from 'zod';
import { form, group, whole } from './field';

/** How long to train, and how fast to learn meanwhile. */
export const scheduleFields = group('Schedule', {
  epochs: whole(1, 10_000)
    .default(20)
    .describe('Passes over the training images.')
    .meta(form({ title: 'Epochs', 'x-basic': true })),
  learningRate: z
    .number()
    .positive()
    .max(10)
    .default(1e-3)
    .describe('Highest learning rate, reached after the warm-up; a cosine brings it down to 0.')
    .meta(form({ title: 'Learning rate', 'x-basic': true })),
  warmupEpochs: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .describe('Epochs over which the learning rate rises linearly from 0. Less than epochs.')
    .meta(form({ title: 'Warm-up epochs' })),
});
