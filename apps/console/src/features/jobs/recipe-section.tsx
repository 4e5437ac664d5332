import type { Recipe } from '@/api/types';
import { Facts } from '@/ui/facts';
import { Section } from '@/ui/section';
import { applies, recipeFields } from './recipe-fields';

export function RecipeSection({ recipe }: { recipe: Recipe }) {
  // An older recipe lacks fields that came up since.
  const told = recipeFields.filter(
    (field) => recipe[field.name] !== undefined && applies(field, recipe.optimizer),
  );
  const items = told.map(({ name, label, options }) => {
    const value = recipe[name];
    const shown = typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);
    const named = options?.find((option) => option.value === value)?.label;
    return { label, value: named ?? shown };
  });
  return (
    <Section title="Recipe">
      <Facts items={items} />
    </Section>
  );
}
