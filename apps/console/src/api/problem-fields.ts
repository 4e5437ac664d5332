import type { Problem } from './types';

/**
 * Sorts an answer's problems by the fields that they name ("config.labels.3" names labels); those that name none are left
 * for the list above the form's button.
 * @param fields paths of the form's values, such as "name" and "recipe.epochs"
 */
export function problemFields(problems: Problem[], fields: string[]) {
  const errors: Record<string, string> = {};
  const rest: Problem[] = [];
  for (const problem of problems) {
    const field = fields.find((path) => `.${problem.where}.`.includes(`.${path}.`));
    if (field === undefined) rest.push(problem);
    else errors[field] = errors[field] ? `${errors[field]} ${problem.message}` : problem.message;
  }
  return { errors, rest };
}

/** Returns the paths of a form's values; those of a nested object one by one. */
export function fieldPaths(values: object): string[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) =>
    isGroup(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
  );
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
