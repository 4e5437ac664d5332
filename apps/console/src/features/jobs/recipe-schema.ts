/** Range, default and meaning of one value of a recipe, as the API publishes them. */
interface RecipeRule {
  default?: number | string | boolean;
  minimum?: number;
  maximum?: number;
  description?: string;
}
export type RecipeSchema = Partial<Record<string, RecipeRule>>;

/** These depend on the model and the optimizer: the API chooses them. */
const dependent = new Set(['imageSize', 'learningRate', 'weightDecay', 'epsilon', 'emaDecay']);

/** Returns the values of fields that are left empty, as far as they are known beforehand. */
export function recipeDefaults(
  schema: RecipeSchema,
  architecture: { trainImageSize: number } | undefined,
): Record<string, RecipeRule['default']> {
  const fixed = Object.entries(schema).filter(([name]) => !dependent.has(name));
  const defaults = Object.fromEntries(fixed.map(([name, rule]) => [name, rule?.default]));
  return { ...defaults, imageSize: architecture?.trainImageSize };
}
