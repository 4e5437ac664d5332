/** Range, default and meaning of one value of a recipe, as the API publishes them. */
export interface RecipeRule {
  default?: number | string | boolean;
  minimum?: number;
  maximum?: number;
  description?: string;
}
export type RecipeSchema = Partial<Record<string, RecipeRule>>;

export const recipeSchema: RecipeSchema = {
  epochs: { default: 10, description: 'Passes over the pictures.' },
  batchSize: { default: 32 },
  learningRate: { default: 0.001 },
  trainable: { default: 'all' },
  flip: { default: true },
  optimizer: { default: 'adamw' },
};

/**
 * The values that stand where a form leaves a field empty. Image size follows the architecture; for a
 * model's own weights the API also chooses the learning rate, so neither is known here.
 */
export function recipeDefaults(
  schema: RecipeSchema,
  architecture: { trainImageSize: number } | undefined,
): Record<string, RecipeRule['default']> {
  const defaults = Object.fromEntries(
    Object.entries(schema).map(([name, rule]) => [name, rule?.default]),
  );
  return architecture
    ? { ...defaults, imageSize: architecture.trainImageSize }
    : { ...defaults, imageSize: undefined, learningRate: undefined };
}
