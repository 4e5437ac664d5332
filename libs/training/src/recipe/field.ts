import { z } from 'zod';

/** Returns a schema for whole numbers. Unlike z.int(), it gives a helpful error for fractions. */
export const whole = (minimum: number, maximum: number) =>
  z
    .number()
    .multipleOf(1, 'Must be a whole number')
    .min(minimum)
    .max(maximum)
    .meta({ type: 'integer' });

/** How a form shows a field, besides its range, default and description. Becomes part of the JSON schema. */
interface FieldForm {
  /** The field's label. */
  title: string;
  /** Whether most users change the field. A form folds the others away. */
  'x-basic'?: true;
  /** Labels of the options. A value without one is shown as it is. */
  'x-options'?: Record<string, string>;
  /** Values of another field for which this one is used. With any other value it has no effect. */
  'x-when'?: Record<string, string[]>;
}

/** Describes how a form shows a field. */
export const form = (options: FieldForm) => ({ ...options });

/** Puts fields into a form group with this title. */
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
