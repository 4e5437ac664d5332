import type { Recipe } from '@/api/types';

/** How a recipe's values are called and entered; their ranges and defaults are the API's. */
export interface RecipeField {
  name: keyof Recipe;
  label: string;
  kind: 'integer' | 'decimal' | 'choice' | 'switch';
  options?: { value: string; label: string }[];
  /** Advice beyond the API's own description. */
  hint?: string;
  advanced: boolean;
}

export const recipeFields: RecipeField[] = [
  { name: 'epochs', label: 'Epochs', kind: 'integer', advanced: false },
  {
    name: 'imageSize',
    label: 'Image size',
    kind: 'integer',
    hint: 'Without a GPU, 64 to 128 is quick.',
    advanced: false,
  },
  { name: 'batchSize', label: 'Batch size', kind: 'integer', advanced: false },
  { name: 'learningRate', label: 'Learning rate', kind: 'decimal', advanced: false },
  {
    name: 'trainable',
    label: 'Train',
    kind: 'choice',
    options: [
      { value: 'all', label: 'All layers' },
      { value: 'head', label: 'Classifier head only' },
    ],
    advanced: false,
  },
  { name: 'flip', label: 'Mirror pictures at random', kind: 'switch', advanced: false },
  {
    name: 'optimizer',
    label: 'Optimizer',
    kind: 'choice',
    options: [
      { value: 'adamw', label: 'AdamW' },
      { value: 'sgd', label: 'SGD with momentum' },
    ],
    advanced: true,
  },
  { name: 'momentum', label: 'Momentum', kind: 'decimal', advanced: true },
  { name: 'weightDecay', label: 'Weight decay', kind: 'decimal', advanced: true },
  { name: 'warmupEpochs', label: 'Warm-up epochs', kind: 'decimal', advanced: true },
  { name: 'labelSmoothing', label: 'Label smoothing', kind: 'decimal', advanced: true },
  { name: 'dropRate', label: 'Dropout rate', kind: 'decimal', advanced: true },
  { name: 'dropPathRate', label: 'Drop path rate', kind: 'decimal', advanced: true },
  { name: 'clipNorm', label: 'Gradient clipping norm', kind: 'decimal', advanced: true },
  { name: 'validationFraction', label: 'Validation fraction', kind: 'decimal', advanced: true },
  { name: 'seed', label: 'Seed', kind: 'integer', advanced: true },
];
