import { z } from 'zod';
import { form, group, whole } from './field';

/** Settings for turning gradients into steps. */
export const optimizerFields = group('Optimizer', {
  optimizer: z
    .enum(['adamw', 'sgd', 'rmsprop'])
    .default('adamw')
    .describe(
      'adamw: Adam with decoupled weight decay. sgd: with Nesterov momentum. ' +
        "rmsprop: TensorFlow's, which EfficientNetV2 was first trained with.",
    )
    .meta(
      form({
        title: 'Optimizer',
        'x-options': { adamw: 'AdamW', sgd: 'SGD with momentum', rmsprop: 'RMSProp' },
      }),
    ),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      'Decay of weights; biases and norms are left alone. adamw takes it off the weights, times ' +
        'the learning rate; sgd and rmsprop add it to the gradient.',
    )
    .meta(form({ title: 'Weight decay' })),
  momentum: z
    .number()
    .min(0)
    .max(0.999)
    .default(0.9)
    .describe('Share of the last update that goes into the next; used by sgd and rmsprop only.')
    .meta(form({ title: 'Momentum', 'x-when': { optimizer: ['sgd', 'rmsprop'] } })),
  rho: z
    .number()
    .min(0)
    .max(0.9999)
    .default(0.9)
    .describe('Decay of the running mean of squared gradients; used by rmsprop only.')
    .meta(form({ title: 'Rho', 'x-when': { optimizer: ['rmsprop'] } })),
  epsilon: z
    .number()
    .min(1e-12)
    .max(1)
    .default(1e-8)
    .describe(
      'Keeps the division by the size of gradients finite; used by adamw (outside the root) ' +
        'and rmsprop (inside it).',
    )
    .meta(form({ title: 'Epsilon', 'x-when': { optimizer: ['adamw', 'rmsprop'] } })),
  layerDecay: z
    .number()
    .min(0.1)
    .max(1)
    .default(1)
    .describe(
      'What the learning rate is multiplied by for each layer between a weight and the classifier head, a layer being a ' +
        'block: 0.75 to 0.9 keeps what the first layers of a trained network know. 1: all layers learn alike.',
    )
    .meta(form({ title: 'Layer-wise decay of the learning rate' })),
  headFactor: z
    .number()
    .min(0.01)
    .max(1000)
    .default(1)
    .describe("What the classifier head's learning rate is multiplied by.")
    .meta(form({ title: "Factor of the head's learning rate" })),
  accumulation: whole(1, 1024)
    .default(1)
    .describe(
      'Batches whose gradients are averaged for one step: as a batch of as many times batchSize, in the memory of one. ' +
        'Batch norms still see batchSize images at a time.',
    )
    .meta(form({ title: 'Batches per step' })),
  clipNorm: z
    .number()
    .min(0)
    .max(1000)
    .default(1)
    .describe('Gradients with a larger global norm are scaled down to it; 0 turns clipping off.')
    .meta(form({ title: 'Gradient clipping norm' })),
  emaDecay: z
    .number()
    .min(0)
    .max(0.99999)
    .default(0)
    .describe(
      'Validate and keep a moving average of the weights, of which each step replaces 1 − emaDecay, ' +
        'more in the first steps; 0 takes the weights themselves.',
    )
    .meta(form({ title: 'Weight averaging (EMA) decay' })),
});
