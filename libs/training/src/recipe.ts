import { z } from 'zod';

/** A whole number. Unlike z.int(), a fraction doesn't keep cross-field checks from being made. */
const whole = (minimum: number, maximum: number) =>
  z
    .number()
    .multipleOf(1, 'Must be a whole number')
    .min(minimum)
    .max(maximum)
    .meta({ type: 'integer' });

/** How to train: what a job is asked for, and what a finished version remembers. */
export const recipeSchema = z
  .strictObject({
    epochs: whole(1, 10_000).default(20).describe('Passes over the training pictures.'),
    batchSize: whole(1, 4096)
      .default(16)
      .describe('Pictures per step. Full training needs at least 2 for its batch norms.'),
    imageSize: whole(32, 1024)
      .default(224)
      .describe('Side of the square pictures that the network sees, in pixels.'),
    optimizer: z
      .enum(['adamw', 'sgd', 'rmsprop'])
      .default('adamw')
      .describe(
        'adamw: Adam with decoupled weight decay. sgd: with Nesterov momentum. ' +
          "rmsprop: TensorFlow's, which EfficientNetV2 was first trained with.",
      ),
    learningRate: z
      .number()
      .positive()
      .max(10)
      .default(1e-3)
      .describe('Highest learning rate, reached after the warm-up; a cosine brings it down to 0.'),
    weightDecay: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe(
        'Decay of weights; biases and norms are left alone. adamw takes it off the weights, times ' +
          'the learning rate; sgd and rmsprop add it to the gradient.',
      ),
    momentum: z
      .number()
      .min(0)
      .max(0.999)
      .default(0.9)
      .describe('Share of the last update that goes into the next; used by sgd and rmsprop only.'),
    rho: z
      .number()
      .min(0)
      .max(0.9999)
      .default(0.9)
      .describe('Decay of the running mean of squared gradients; used by rmsprop only.'),
    epsilon: z
      .number()
      .min(1e-12)
      .max(1)
      .default(1e-8)
      .describe(
        'Keeps the division by the size of gradients finite; used by adamw (outside the root) ' +
          'and rmsprop (inside it).',
      ),
    emaDecay: z
      .number()
      .min(0)
      .max(0.99999)
      .default(0)
      .describe(
        'Validate and keep a moving average of the weights, of which each step replaces 1 − emaDecay, ' +
          'more in the first steps; 0 takes the weights themselves.',
      ),
    precision: z
      .enum(['fp32', 'bf16'])
      .default('fp32')
      .describe(
        'What the network computes in while it trains. bf16 is faster and less exact; it needs the ' +
          'torch engine, and a processor with avx512_bf16 or AMX or a CUDA GPU. Weights, statistics ' +
          'and the optimizer stay fp32.',
      ),
    warmupEpochs: z
      .number()
      .min(0)
      .max(1000)
      .default(1)
      .describe('Epochs over which the learning rate rises linearly from 0. Less than epochs.'),
    labelSmoothing: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.1)
      .describe('Share of the target probability spread evenly over all classes.'),
    dropRate: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .describe('Dropout probability before the classifier head.'),
    dropPathRate: z
      .number()
      .min(0)
      .max(0.9)
      .default(0)
      .describe(
        'Stochastic depth: drop probability of the last block, rising linearly over blocks.',
      ),
    clipNorm: z
      .number()
      .min(0)
      .max(1000)
      .default(1)
      .describe('Gradients with a larger global norm are scaled down to it; 0 turns clipping off.'),
    trainable: z
      .enum(['all', 'head'])
      .default('all')
      .describe('all: every weight learns. head: the classifier head alone, the rest is frozen.'),
    flip: z
      .boolean()
      .default(true)
      .describe('Mirror training pictures left to right at random. Off where direction matters.'),
    validationFraction: z
      .number()
      .min(0.01)
      .max(0.9)
      .default(0.2)
      .describe(
        'Share of the pictures held out for validation, class by class; at least one each.',
      ),
    seed: whole(0, 2 ** 32 - 1)
      .default(0)
      .describe('Same seed, pictures and recipe: same split, order, flips and initial weights.'),
  })
  .refine(({ warmupEpochs, epochs }) => warmupEpochs < epochs, {
    path: ['warmupEpochs'],
    message: 'The warm-up must be shorter than the whole training: warmupEpochs < epochs',
    // Judged even where other fields are wrong, so that one answer names every problem.
    when: ({ value }) => {
      const { warmupEpochs, epochs } = Object(value) as Record<string, unknown>;
      return typeof warmupEpochs === 'number' && typeof epochs === 'number';
    },
  });

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

/**
 * For the few epochs that a fine-tuning usually has. rmsprop's are EfficientNetV2's for 256 images a step: scaled down to
 * the usual batch, its large epsilon would leave them next to nothing.
 */
const learningRates: Record<Recipe['optimizer'], { fresh: number; pretrained: number }> = {
  adamw: { fresh: 1e-3, pretrained: 2e-4 },
  sgd: { fresh: 0.1, pretrained: 0.01 },
  rmsprop: { fresh: 0.016, pretrained: 0.0005 },
};

const weightDecays: Record<Recipe['optimizer'], number> = {
  adamw: 0.05,
  sgd: 1e-4,
  rmsprop: 1e-5,
};

/**
 * Defaults that depend on what is trained and how; explicit values go over them:
 * `recipeSchema.parse({ ...recipeDefaults(…), ...input })`.
 * @param pretrained whether the weights come from an earlier training: those want small steps
 */
export function recipeDefaults(
  architecture: { trainImageSize: number },
  { pretrained, optimizer = 'adamw' }: { pretrained: boolean; optimizer?: Recipe['optimizer'] },
): Pick<Recipe, 'imageSize' | 'learningRate' | 'weightDecay' | 'epsilon' | 'emaDecay'> {
  const learningRate = learningRates[optimizer][pretrained ? 'pretrained' : 'fresh'];
  return {
    imageSize: architecture.trainImageSize,
    learningRate,
    weightDecay: weightDecays[optimizer],
    epsilon: optimizer === 'rmsprop' ? 1e-3 : 1e-8,
    // Of EfficientNetV2's fine-tuning and training.
    emaDecay: pretrained ? 0.9996 : 0.9999,
  };
}
