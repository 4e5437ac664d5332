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
];

/** How to train: what a job is asked for, and what a finished version remembers. A field is written in its group's file. */
export const recipeSchema = contradictions.reduce(
  (schema, { field, others, found, message }) =>
    schema.refine((recipe) => !found(recipe), {
      path: [field],
      message,
      // Judged even where other fields are wrong, so that one answer names every problem.
      when: ({ value }) => [field, ...others].every((name) => hasItsType(value, name)),
    }),
  fieldsSchema,
);

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

const defaults = fieldsSchema.parse({});

function hasItsType(recipe: unknown, name: keyof Fields): boolean {
  const fields = Object(recipe) as Record<string, unknown>;
  return typeof fields[name] === typeof defaults[name];
}
