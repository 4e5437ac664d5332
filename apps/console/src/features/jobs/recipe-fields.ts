import schema from '@/api/recipe-schema.json';
import type { Recipe } from '@/api/types';

type Value = number | string | boolean;

/** Schema of one value of a recipe, as the API publishes it. */
interface Rule {
  type?: string;
  /** In place of a type: what it is where it is not null. */
  anyOf?: { type: string }[];
  title: string;
  description?: string;
  default?: Value | null;
  enum?: string[];
  'x-group': string;
  'x-basic'?: boolean;
  'x-options'?: Record<string, string>;
  'x-when'?: Record<string, string[]>;
}

/** Name and input of a recipe's value. */
export interface RecipeField {
  name: keyof Recipe;
  label: string;
  description: string | undefined;
  default: Value | undefined;
  kind: 'integer' | 'decimal' | 'choice' | 'switch';
  options: { value: string; label: string }[];
  /** The values of other fields for which this one applies. */
  when: Record<string, string[]>;
}

interface RecipeGroup {
  title: string;
  fields: RecipeField[];
}

const kinds: Record<string, RecipeField['kind']> = {
  integer: 'integer',
  number: 'decimal',
  string: 'choice',
  boolean: 'switch',
};

const rules = Object.entries(schema as unknown as Record<string, Rule>) as [keyof Recipe, Rule][];

function fieldOf([name, rule]: (typeof rules)[number]): RecipeField {
  const {
    title,
    description,
    type = rule.anyOf![0]!.type,
    enum: values = [],
    'x-options': labels = {},
  } = rule;
  return {
    name,
    label: title,
    description,
    default: rule.default ?? undefined,
    kind: kinds[type] ?? 'choice',
    options: values.map((value) => ({ value, label: labels[value] ?? value })),
    when: rule['x-when'] ?? {},
  };
}

/** The fields that most users change. */
export const basicFields = rules.filter(([, rule]) => rule['x-basic']).map(fieldOf);

const advanced = rules.filter(([, rule]) => !rule['x-basic']);

export const advancedGroups = [...new Set(advanced.map(([, rule]) => rule['x-group']))].map(
  (title): RecipeGroup => ({
    title,
    fields: advanced.filter(([, rule]) => rule['x-group'] === title).map(fieldOf),
  }),
);

export const recipeFields: RecipeField[] = [
  ...basicFields,
  ...advancedGroups.flatMap(({ fields }) => fields),
];

/** Returns whether a field has an effect in a recipe. */
export function applies({ when }: RecipeField, recipe: Partial<Record<string, unknown>>): boolean {
  return Object.entries(when).every(([name, values]) => values.some((v) => v === recipe[name]));
}

/** Fields that change what the network sees of an image. */
const seen: readonly string[] = [
  'imageSize',
  'batchSize',
  'flip',
  'seed',
  ...rules.filter(([, rule]) => rule['x-group'] === 'Augmentation').map(([name]) => name),
];

/** Returns a recipe's values that a preview of augmented images depends on. */
export function previewed(recipe: Partial<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(recipe).filter(([name]) => seen.includes(name)));
}

/** Fields whose defaults depend on the model and the optimizer, so the API chooses them. */
const dependent = new Set(['imageSize', 'learningRate', 'weightDecay', 'epsilon', 'emaDecay']);

/** Returns the defaults of empty fields, as far as they are known beforehand. */
export function recipeDefaults(
  architecture: { trainImageSize: number } | undefined,
): Partial<Record<string, Value>> {
  const fixed = recipeFields.filter(({ name }) => !dependent.has(name));
  const defaults = Object.fromEntries(fixed.map((field) => [field.name, field.default]));
  return { ...defaults, imageSize: architecture?.trainImageSize };
}
