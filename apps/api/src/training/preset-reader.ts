import type { Architecture } from '@coatrack/models';
import {
  choosePreset,
  presetFields,
  type PresetName,
  presetNames,
  presetProblem,
  presets,
  type Recipe,
  recipeSchema,
} from '@coatrack/training';
import { z } from 'zod';
import type { Dataset } from '../datasets/dataset.dto';
import type { Fields } from '../jobs/job-definition';
import type { ProblemDetail } from '../platform/errors/domain-error';

export const presetSchema = z
  .enum(['auto', ...presetNames])
  .optional()
  .describe(
    'Fills the recipe; fields of `recipe` go over its values. auto chooses by the start, the number of images and classes, ' +
      `and budgetMinutes. ${presetNames.map((name) => `${name}: ${presets[name].description}`).join(' ')}`,
  );

interface ChosenPreset {
  name: PresetName;
  /** Why it was chosen; null where the request names it. */
  reason: string | null;
  fields: object;
}

/** Returns the preset that a request names or that auto chooses; undefined where it names none or has problems. */
export function readPreset(
  { preset, recipe }: Fields,
  { architecture, parent }: { architecture: Architecture; parent: object | null },
  { images, classes }: Dataset,
  problems: ProblemDetail[],
): ChosenPreset | undefined {
  const wanted = presetSchema.safeParse(preset).data;
  if (wanted === undefined) return undefined;
  const context = {
    architecture,
    pretrained: parent !== null,
    images,
    classes: classes.length,
    given: validFields(recipe),
  };
  const { preset: name, reason } =
    wanted === 'auto' ? choosePreset(context) : { preset: wanted, reason: null };
  const problem = presetProblem(name, context);
  if (problem) {
    problems.push({ where: 'preset', message: `${name} ${problem}` });
    return undefined;
  }
  return { name, reason, fields: presetFields(name, context) };
}

/** Returns what is right by itself of a request's recipe; the schema reports the rest. */
function validFields(recipe: unknown): Partial<Recipe> {
  const shape: Record<string, z.ZodType> = recipeSchema.shape;
  const entries = Object.entries(typeof recipe === 'object' && recipe ? recipe : {});
  return Object.fromEntries(
    entries.filter(([name, value]) => shape[name]?.safeParse(value).success),
  );
}
