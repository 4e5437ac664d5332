import type { Recipe } from './recipe';

/**
 * Learning rates for the few epochs that fine-tuning usually has. Those for rmsprop are EfficientNetV2's for 256 images per
 * step: scaled down to the usual batch, they would be almost nothing because of the large epsilon.
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

/** Returns the learning rate for training from fresh weights, the higher of an optimizer's two. */
export function usualLearningRate(optimizer: Recipe['optimizer']): number {
  return learningRates[optimizer].fresh;
}

/**
 * Returns defaults that depend on the architecture and the training. Explicit values override them:
 * `recipeSchema.parse({ ...recipeDefaults(…), ...input })`.
 * @param pretrained whether the weights come from an earlier training, which calls for small steps
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
    // Values from EfficientNetV2's fine-tuning and training.
    emaDecay: pretrained ? 0.9996 : 0.9999,
  };
}
