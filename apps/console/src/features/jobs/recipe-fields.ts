import type { Recipe } from '@/api/types';

/** Name and input of a recipe's value; its range and default are the API's. */
export interface RecipeField {
  name: keyof Recipe;
  label: string;
  kind: 'integer' | 'decimal' | 'choice' | 'switch';
  options?: { value: string; label: string }[];
  /** Advice beyond the API's own description. */
  hint?: string;
  /** The optimizers that use it; all of them if left out. */
  optimizers?: Recipe['optimizer'][];
}

interface RecipeGroup {
  title: string;
  fields: RecipeField[];
}

/** The fields that most users change. */
export const basicFields: RecipeField[] = [
  { name: 'epochs', label: 'Epochs', kind: 'integer' },
  {
    name: 'imageSize',
    label: 'Image size',
    kind: 'integer',
    hint: 'Without a GPU, 64 to 128 is quick.',
  },
  { name: 'batchSize', label: 'Batch size', kind: 'integer' },
  { name: 'learningRate', label: 'Learning rate', kind: 'decimal' },
  {
    name: 'trainable',
    label: 'Train',
    kind: 'choice',
    options: [
      { value: 'all', label: 'All layers' },
      { value: 'head', label: 'Classifier head only' },
    ],
  },
  { name: 'flip', label: 'Mirror images at random', kind: 'switch' },
];

export const advancedGroups: RecipeGroup[] = [
  {
    title: 'Optimizer',
    fields: [
      {
        name: 'optimizer',
        label: 'Optimizer',
        kind: 'choice',
        options: [
          { value: 'adamw', label: 'AdamW' },
          { value: 'sgd', label: 'SGD with momentum' },
          { value: 'rmsprop', label: 'RMSProp' },
        ],
      },
      { name: 'weightDecay', label: 'Weight decay', kind: 'decimal' },
      {
        name: 'momentum',
        label: 'Momentum',
        kind: 'decimal',
        optimizers: ['sgd', 'rmsprop'],
      },
      { name: 'rho', label: 'Rho', kind: 'decimal', optimizers: ['rmsprop'] },
      { name: 'epsilon', label: 'Epsilon', kind: 'decimal', optimizers: ['adamw', 'rmsprop'] },
      { name: 'warmupEpochs', label: 'Warm-up epochs', kind: 'decimal' },
      { name: 'clipNorm', label: 'Gradient clipping norm', kind: 'decimal' },
      { name: 'emaDecay', label: 'Weight averaging (EMA) decay', kind: 'decimal' },
    ],
  },
  {
    title: 'Regularization',
    fields: [
      { name: 'labelSmoothing', label: 'Label smoothing', kind: 'decimal' },
      { name: 'dropRate', label: 'Dropout rate', kind: 'decimal' },
      { name: 'dropPathRate', label: 'Drop path rate', kind: 'decimal' },
    ],
  },
  {
    title: 'Run',
    fields: [
      {
        name: 'precision',
        label: 'Precision',
        kind: 'choice',
        options: [
          { value: 'fp32', label: 'fp32' },
          { value: 'bf16', label: 'bf16' },
        ],
      },
      { name: 'validationFraction', label: 'Validation fraction', kind: 'decimal' },
      { name: 'seed', label: 'Seed', kind: 'integer' },
    ],
  },
];

export const recipeFields: RecipeField[] = [
  ...basicFields,
  ...advancedGroups.flatMap(({ fields }) => fields),
];

/** Returns whether this optimizer uses a field. */
export function applies({ optimizers }: RecipeField, optimizer: unknown): boolean {
  return optimizers?.some((name) => name === optimizer) ?? true;
}
