import type { PresetContext } from './preset-context';
import type { RecipeInput } from './recipe';

interface Regularization {
  sizes: readonly [first: number, last: number];
  magnitudes: readonly [first: number, last: number];
  /** Alpha of mixup in the last stage, and in the released code also of cutmix. */
  mixup: number;
  dropRates: readonly [first: number, last: number];
}

/** Values from EfficientNetV2, arXiv:2104.00298, table 6. */
export const paperStages: Record<string, Regularization> = {
  efficientnetv2_s: { sizes: [128, 300], magnitudes: [5, 15], mixup: 0, dropRates: [0.1, 0.3] },
  efficientnetv2_m: { sizes: [128, 380], magnitudes: [5, 20], mixup: 0.2, dropRates: [0.1, 0.4] },
  efficientnetv2_l: { sizes: [128, 380], magnitudes: [5, 25], mixup: 0.5, dropRates: [0.1, 0.5] },
};

/**
 * Values from the released code, google/automl 6a54c87, efficientnetv2/main.py. Its B0 to B3 use AutoAugment, which is not
 * available here.
 */
export const automlStages: Record<string, Regularization> = {
  efficientnetv2_b0: { sizes: [144, 192], magnitudes: [0, 0], mixup: 0, dropRates: [0.2, 0.2] },
  efficientnetv2_b1: { sizes: [144, 192], magnitudes: [0, 0], mixup: 0, dropRates: [0.2, 0.2] },
  efficientnetv2_b2: { sizes: [148, 208], magnitudes: [0, 0], mixup: 0, dropRates: [0.3, 0.3] },
  efficientnetv2_b3: { sizes: [156, 240], magnitudes: [0, 0], mixup: 0, dropRates: [0.3, 0.3] },
  efficientnetv2_s: { sizes: [171, 300], magnitudes: [5, 10], mixup: 0, dropRates: [0.2, 0.2] },
  efficientnetv2_m: { sizes: [192, 384], magnitudes: [5, 15], mixup: 0.2, dropRates: [0.3, 0.3] },
  efficientnetv2_l: { sizes: [192, 384], magnitudes: [5, 20], mixup: 0.5, dropRates: [0.4, 0.4] },
  efficientnetv2_xl: { sizes: [192, 384], magnitudes: [5, 20], mixup: 0.5, dropRates: [0.4, 0.4] },
};

/**
 * Returns the values with which the released code trains every EfficientNetV2 on ImageNet. The learning rate is for the
 * recipe's batch.
 */
export function released(
  { sizes, magnitudes, mixup, dropRates }: Regularization,
  { given }: PresetContext,
  cutmix: number,
): Partial<RecipeInput> {
  const { accumulation = 1 } = given;
  // 0 means that the size is still to be chosen.
  const batchSize = given.batchSize || 16;
  return {
    epochs: 350,
    optimizer: 'rmsprop',
    rho: 0.9,
    momentum: 0.9,
    epsilon: 1e-3,
    learningRate: (0.016 * batchSize * accumulation) / 256,
    schedule: 'staircase',
    staircaseRate: 0.97,
    staircaseEpochs: 2.4,
    warmupEpochs: 5,
    emaDecay: 0.9999,
    weightDecay: 1e-5,
    clipNorm: 0,
    labelSmoothing: 0.1,
    dropPathRate: 0.2,
    cropMin: 0.05,
    stages: 4,
    firstImageSize: sizes[0],
    imageSize: sizes[1],
    ...(magnitudes[1] > 0
      ? {
          augment: 'randaugment',
          augmentLayers: 2,
          firstMagnitude: magnitudes[0],
          augmentMagnitude: magnitudes[1],
        }
      : {}),
    ...(mixup > 0 ? { firstMixup: 0, mixup } : {}),
    ...(cutmix > 0 ? { firstCutmix: 0, cutmix } : {}),
    firstDropRate: dropRates[0],
    dropRate: dropRates[1],
  };
}

/** Stochastic depth by network size. CoAtNet, arXiv:2106.04803, table 10. */
export const coAtNetDepth: Record<string, number> = {
  coatnet_0: 0.2,
  coatnet_1: 0.3,
  coatnet_2: 0.5,
  coatnet_3: 0.7,
};

/** Returns the values with which the paper trains CoAtNet on ImageNet-1k. CoAtNet, arXiv:2106.04803, table 10. */
export function coAtNetOnImageNet(dropPathRate: number): Partial<RecipeInput> {
  return {
    epochs: 300,
    optimizer: 'adamw',
    learningRate: 1e-3,
    minLearningRate: 1e-5,
    schedule: 'cosine',
    // 10,000 steps of 4096 images.
    warmupEpochs: 32,
    weightDecay: 0.05,
    clipNorm: 1,
    emaDecay: 0,
    labelSmoothing: 0.1,
    augment: 'randaugment',
    augmentLayers: 2,
    augmentMagnitude: 15,
    mixup: 0.8,
    dropPathRate,
    imageSize: 224,
  };
}
