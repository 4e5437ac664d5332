import { z } from 'zod';
import { dataFields } from './data';
import { optimizerFields } from './optimizer';
import { regularizationFields } from './regularization';
import { runFields } from './run';
import { scheduleFields } from './schedule';

const fieldsSchema = z.strictObject({
  ...scheduleFields,
  ...dataFields,
  ...optimizerFields,
  ...regularizationFields,
  ...runFields,
});

type Fields = z.output<typeof fieldsSchema>;

/** A contradiction between fields that are right by themselves. */
interface Contradiction {
  /** The field that the message is about. */
  field: keyof Fields;
  /** The other fields that decide. */
  others: (keyof Fields)[];
  found(recipe: Fields): boolean;
  /** Says what is wrong and what would be right. */
  message: string;
}

const contradictions: Contradiction[] = [
  {
    field: 'warmupEpochs',
    others: ['epochs'],
    found: ({ warmupEpochs, epochs }) => warmupEpochs >= epochs,
    message: 'The warm-up must be shorter than the whole training: warmupEpochs < epochs',
  },
  {
    field: 'warmupEpochs',
    others: ['schedule'],
    found: ({ warmupEpochs, schedule }) => schedule === 'one-cycle' && warmupEpochs > 0,
    message: 'The one-cycle schedule has a warm-up of its own: set warmupEpochs to 0',
  },
  {
    field: 'minLearningRate',
    others: ['learningRate'],
    found: ({ minLearningRate, learningRate }) => minLearningRate > learningRate,
    message:
      'The lowest learning rate must not be above the highest: minLearningRate ≤ learningRate',
  },
];

/** How to train: what a job is asked for, and what a finished version remembers. A field is written in its group's file. */
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
