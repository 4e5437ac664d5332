import { z } from 'zod';

/** A whole number. Unlike z.int(), it says of a fraction what is wrong with it. */
export const whole = (minimum: number, maximum: number) =>
  z
    .number()
    .multipleOf(1, 'Must be a whole number')
    .min(minimum)
    .max(maximum)
    .meta({ type: 'integer' });

/** What a form makes of a field, beside its range, default and description. It goes into the JSON schema. */
interface FieldForm {
  /** The field's label. */
  title: string;
  /** Whether most users change it; a form folds the others away. */
  'x-basic'?: true;
  /** Labels of a choice's values; a value without one is shown as it is. */
  'x-options'?: Record<string, string>;
  /** The values of another field with which this one is used; with any other value it has no effect. */
  'x-when'?: Record<string, string[]>;
}

/** Says how a form shows a field. */
export const form = (options: FieldForm) => ({ ...options });

/** Puts fields into a group of that title in a form. */
export function group<Fields extends Record<string, z.ZodType>>(
  title: string,
  fields: Fields,
): Fields {
  const grouped = Object.entries(fields).map(([name, field]) => [
    name,
    field.meta({ 'x-group': title }),
  ]);
  return Object.fromEntries(grouped) as Fields;
}
