import type { UseFormReturnType } from '@mantine/form';
import type { DatasetSummary, Recipe } from '@/api/types';
import { modelName } from './model-name';
import type { Preset } from './presets';
import { recipeFields } from './recipe-fields';

export interface NewJobValues {
  dataset: string | null;
  /** Which of the next two the training starts from. */
  startFrom: 'architecture' | 'model';
  /** A network with random weights. */
  architecture: string;
  /** A version of a model, such as "flowers:3". */
  model: string;
  /** Undefined until something is typed: a name is suggested. */
  name: string | undefined;
  /** What fills the recipe's empty fields. */
  preset: Preset | null;
  /** Only what was filled in: the API chooses the rest. */
  recipe: Partial<Recipe>;
}

export type NewJobFields = UseFormReturnType<NewJobValues>;

/** Names every field, so that problems can be assigned to it; undefined values are not sent. */
export const emptyRecipe: Partial<Recipe> = Object.fromEntries(
  recipeFields.map(({ name }) => [name, undefined]),
);

/** Returns the model's name as typed, or one after the parent or after the dataset and the architecture. */
export function nameFor(values: NewJobValues, datasets: DatasetSummary[]): string {
  if (values.name !== undefined) return values.name;
  if (values.startFrom === 'model') return values.model.split(/[:@]/)[0] ?? '';
  const dataset = datasets.find(({ id }) => id === values.dataset);
  return modelName(dataset?.name ?? '', values.architecture);
}
