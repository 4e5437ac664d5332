import {
  automlStages,
  coAtNetDepth,
  coAtNetOnImageNet,
  paperStages,
  released,
} from './paper-recipes';
import type { PresetContext } from './preset-context';
import type { RecipeInput } from './recipe';

/** A named recipe. */
interface Preset {
  title: string;
  description: string;
  /** Whether it needs pretrained or fresh weights. */
  start?: 'pretrained' | 'fresh';
  /** Returns whether the preset is for this architecture; by default it is for all. */
  isFor?(architecture: PresetContext['architecture']): boolean;
  fields(context: PresetContext): Partial<RecipeInput>;
}

/** With fewer images, mixing images costs more than it gains (BiT-HyperRule, arXiv:1912.11370). */
const imagesToMix = 20_000;

const imageSizeOf = ({ given, architecture }: PresetContext) =>
  given.imageSize ?? architecture.trainImageSize;

/** Returns stages that rise to the user's image size from about half of it. EfficientNetV2, arXiv:2104.00298, §4. */
function risingStages(context: PresetContext): Partial<RecipeInput> {
  const { epochs = 20, headEpochs = 0 } = context.given;
  const stages = Math.min(4, epochs - headEpochs);
  const imageSize = imageSizeOf(context);
  if (stages < 2 || imageSize < 64) return {};
  return {
    stages,
    firstImageSize: Math.max(32, Math.round(imageSize * 0.57)),
    augment: 'randaugment',
    firstMagnitude: 5,
    augmentMagnitude: 10,
    firstDropRate: 0.1,
    dropRate: 0.2,
    ...(context.images >= imagesToMix ? { firstMixup: 0, mixup: 0.2 } : {}),
  };
}

/** Returns values for pretrained weights: a fitted head, small steps for early layers, the average of the best epochs. */
function carefully({ given }: PresetContext): Partial<RecipeInput> {
  const { epochs = 20, headEpochs = 0 } = given;
  return {
    headStart: 'probe',
    optimizer: 'adamw',
    learningRate: 2e-4,
    layerDecay: 0.9,
    epochs,
    warmupEpochs: (epochs - headEpochs) / 10,
    keep: 'soup',
    cropMin: 0.35,
  };
}

/** Recipes by name. A request's own fields override their values. */
export const presets = {
  'linear-probe': {
    title: 'Linear probe',
    description: 'A new classifier head, fitted in closed form to features that are computed once.',
    start: 'pretrained',
    fields: () => ({ method: 'linear-probe', warmupEpochs: 0 }),
  },
  'fine-tune': {
    title: 'Fine-tune',
    description:
      'All weights, from a head that a linear probe has fitted: TrivialAugment, mild crops, smaller steps for early layers, ' +
      'the average of the best epochs.',
    start: 'pretrained',
    fields: (context) => ({ ...carefully(context), augment: 'trivialaugment' }),
  },
  progressive: {
    title: 'Progressive',
    description:
      'As fine-tune, in up to four stages of which the first see small images with little regularization.',
    start: 'pretrained',
    fields: (context) => ({ ...carefully(context), ...risingStages(context) }),
  },
  'from-scratch': {
    title: 'From scratch',
    description:
      'Fresh weights: many epochs in stages, with strong augmentation. Needs thousands of images to get anywhere.',
    start: 'fresh',
    fields: (context) => {
      const epochs = context.given.epochs ?? 100;
      const given = { ...context.given, epochs };
      return {
        epochs,
        learningRate: 1e-3,
        warmupEpochs: Math.min(5, epochs / 10),
        cropMin: 0.25,
        dropPathRate: 0.1,
        keep: 'best',
        ...risingStages({ ...context, given }),
      };
    },
  },
  'papers/efficientnetv2': {
    title: "EfficientNetV2's paper",
    description:
      "The paper's training on ImageNet: four stages of progressive learning with adaptive regularization.",
    start: 'fresh',
    isFor: ({ name }) => name in paperStages,
    fields: (context) => released(paperStages[context.architecture.name]!, context, 0),
  },
  'automl/efficientnetv2': {
    title: "EfficientNetV2's released code",
    description:
      'What google/automl trains the network with, which differs from the paper in its stages.',
    start: 'fresh',
    isFor: ({ name }) => name in automlStages,
    fields: (context) => {
      const stages = automlStages[context.architecture.name]!;
      return released(stages, context, stages.mixup);
    },
  },
  'papers/coatnet': {
    title: "CoAtNet's paper",
    description:
      "The paper's training on ImageNet-1k. Its learning rate is for steps of 4096 images: lower it for smaller ones.",
    start: 'fresh',
    isFor: ({ name }) => name in coAtNetDepth,
    fields: ({ architecture }) => coAtNetOnImageNet(coAtNetDepth[architecture.name]!),
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as PresetName[];

/** With this few images per class, training all weights would memorise them. */
const fewImagesPerClass = 10;
/** Within this many minutes, only a linear probe is worthwhile. */
const shortMinutes = 2;
/** From this many images on, stages save time. */
const manyImages = 5000;

/** Chooses a preset by start, images, classes and time limit, and returns the reason. */
export function choosePreset(context: PresetContext): { preset: PresetName; reason: string } {
  const { pretrained, images, classes, given } = context;
  const minutes = given.budgetMinutes ?? 0;
  const perClass = Math.floor(images / Math.max(1, classes));
  if (!pretrained) {
    return { preset: 'from-scratch', reason: 'Training starts from fresh weights.' };
  }
  if (minutes > 0 && minutes <= shortMinutes) {
    return {
      preset: 'linear-probe',
      reason: `${minutes} minutes are too few to train all weights.`,
    };
  }
  if (perClass < fewImagesPerClass) {
    return {
      preset: 'linear-probe',
      reason: `About ${perClass} images per class are too few to train all weights.`,
    };
  }
  if (images >= manyImages && imageSizeOf(context) >= 64) {
    return {
      preset: 'progressive',
      reason: `With ${images} images, epochs on smaller images first save time.`,
    };
  }
  return {
    preset: 'fine-tune',
    reason: `${images} images, about ${perClass} per class, are enough to train all weights.`,
  };
}

/**
 * Returns why a preset cannot be used.
 * @returns a message that follows the preset's name, or undefined if it can be used
 */
export function presetProblem(name: PresetName, context: PresetContext): string | undefined {
  const preset: Preset = presets[name];
  const { architecture, pretrained } = context;
  if (preset.start === 'pretrained' && !pretrained) {
    return 'needs a model to start from; with fresh weights, use from-scratch';
  }
  if (preset.start === 'fresh' && pretrained) {
    return 'is for fresh weights; from a model, use fine-tune';
  }
  return preset.isFor && !preset.isFor(architecture)
    ? `has no values for ${architecture.title}`
    : undefined;
}

/** Returns a preset's values. */
export function presetFields(name: PresetName, context: PresetContext): Partial<RecipeInput> {
  return presets[name].fields(context);
}
