import { z } from 'zod';
import { augmentationFields } from './augmentation';
import { balanceFields } from './balance';
import { dataFields } from './data';
import { optimizerFields } from './optimizer';
import { progressiveFields } from './progressive';
import { regularizationFields } from './regularization';
import { runFields } from './run';
import { scheduleFields } from './schedule';

const fieldsSchema = z.strictObject({
  ...scheduleFields,
  ...dataFields,
  ...augmentationFields,
  ...progressiveFields,
  ...optimizerFields,
  ...regularizationFields,
  ...balanceFields,
  ...runFields,
});

type Fields = z.output<typeof fieldsSchema>;

/** A contradiction between fields that are each valid. */
interface Contradiction {
  /** The field that the message is about. */
  field: keyof Fields;
  /** The other fields that take part in the contradiction. */
  others: (keyof Fields)[];
  found(recipe: Fields): boolean;
  /** Returns what is wrong and how to fix it. */
  message: string;
}

/** Values that rise over stages: the fields of the first and of the last value. */
const risingValues = [
  ['firstImageSize', 'imageSize'],
  ['firstMagnitude', 'augmentMagnitude'],
  ['firstMixup', 'mixup'],
  ['firstCutmix', 'cutmix'],
  ['firstDropRate', 'dropRate'],
] as const;

const contradictions: Contradiction[] = [
  {
    field: 'warmupEpochs',
    others: ['epochs', 'headEpochs'],
    found: ({ warmupEpochs, epochs, headEpochs }) =>
      headEpochs < epochs && warmupEpochs >= epochs - headEpochs,
    message:
      'The warm-up must be shorter than the training that it begins: warmupEpochs < epochs − headEpochs',
  },
  {
    field: 'headEpochs',
    others: ['epochs'],
    found: ({ headEpochs, epochs }) => headEpochs >= epochs,
    message:
      'All weights must have an epoch to learn in: headEpochs < epochs. To train the head alone, set trainable to head',
  },
  {
    field: 'headEpochs',
    others: ['trainable'],
    found: ({ headEpochs, trainable }) => headEpochs > 0 && trainable === 'head',
    message:
      'The head learns alone in every epoch already: set headEpochs to 0 or trainable to all',
  },
  {
    field: 'patience',
    others: ['epochs', 'headEpochs'],
    found: ({ patience, epochs, headEpochs }) => patience > 0 && patience >= epochs - headEpochs,
    message:
      'The training would be over before the patience is: patience < epochs − headEpochs, or 0 to train all epochs',
  },
  {
    field: 'warmupEpochs',
    others: ['schedule'],
    found: ({ warmupEpochs, schedule }) => schedule === 'one-cycle' && warmupEpochs > 0,
    message: 'The one-cycle schedule has a warm-up of its own: set warmupEpochs to 0',
  },
  {
    field: 'logitAdjustment',
    others: ['balance'],
    found: ({ logitAdjustment, balance }) => logitAdjustment > 0 && balance !== 'none',
    message:
      'Small classes would be made up for twice: set logitAdjustment to 0 or balance to none',
  },
  {
    field: 'minLearningRate',
    others: ['learningRate'],
    found: ({ minLearningRate, learningRate }) =>
      learningRate > 0 && minLearningRate > learningRate,
    message:
      'The lowest learning rate must not be above the highest: minLearningRate ≤ learningRate',
  },
  {
    field: 'mixup',
    others: ['cutmix', 'batchSize'],
    found: ({ mixup, cutmix, batchSize }) => mixup > 0 && batchSize < (cutmix > 0 ? 4 : 2),
    message:
      'Images are mixed in pairs of a batch: with mixup, batchSize must be at least 2, and at least 4 with cutmix as well',
  },
  {
    field: 'cutmix',
    others: ['mixup', 'batchSize'],
    found: ({ mixup, cutmix, batchSize }) => cutmix > 0 && mixup === 0 && batchSize < 2,
    message: 'Images are mixed in pairs of a batch: with cutmix, batchSize must be at least 2',
  },
  {
    field: 'stages',
    others: ['epochs', 'headEpochs'],
    found: ({ stages, epochs, headEpochs }) =>
      stages > 1 && headEpochs < epochs && stages > epochs - headEpochs,
    message: 'A stage takes an epoch at least: stages ≤ epochs − headEpochs',
  },
  ...risingValues.map(([first, last]): Contradiction => ({
    field: first,
    others: [last, 'stages'],
    found: (recipe) => recipe[first] !== null && recipe[first] > recipe[last],
    message: `Stages go from little to much: ${first} ≤ ${last}`,
  })),
  ...risingValues.map(([first, last]): Contradiction => ({
    field: first,
    others: [last, 'stages'],
    found: (recipe) =>
      recipe.stages === 1 && recipe[first] !== null && recipe[first] < recipe[last],
    message: `One stage has nothing to rise from: set stages to 2 or more, or ${first} to null`,
  })),
];

/** Schema of a recipe, which jobs request and finished versions store. Each field is defined in its group's file. */
export const recipeSchema = contradictions.reduce(
  (schema, { field, others, found, message }) =>
    schema.refine((recipe) => !found(recipe), {
      path: [field],
      message,
      // Judged where these fields are right by themselves, whatever the others are, so that one answer names every problem.
      when: ({ value, issues }) =>
        typeof value === 'object' &&
        value !== null &&
        !issues.some(({ path }) => [field, ...others].some((name) => name === path?.[0])),
    }),
  fieldsSchema,
);

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;
