import type { Recipe } from '@/api/types';
import { Facts } from '@/ui/facts';
import { Section } from '@/ui/section';
import { applies, recipeFields } from './recipe-fields';

export function RecipeSection({ recipe }: { recipe: Recipe }) {
  // An older recipe lacks fields that were added later.
  const shown = recipeFields.filter(
    (field) => (recipe[field.name] ?? null) !== null && applies(field, recipe),
  );
  const items = shown.map(({ name, label, options }) => {
    const value = recipe[name];
    const text = typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);
    const named = options.find((option) => option.value === value)?.label;
    return { label, value: named ?? text };
  });
  return (
    <Section title="Recipe">
      <Facts items={items} />
    </Section>
  );
}
