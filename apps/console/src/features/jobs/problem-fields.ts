import type { Problem } from '@/api/types';

/**
 * Sorts an answer's problems to the fields that they name ("recipe.learningRate" → learningRate);
 * what names no known field is left for the list above the form.
 */
export function problemFields(problems: Problem[], fields: ReadonlySet<string>) {
  const errors: Record<string, string> = {};
  const rest: Problem[] = [];
  for (const problem of problems) {
    const field = problem.where.split('.').at(-1)!;
    if (!fields.has(field)) rest.push(problem);
    else errors[field] = errors[field] ? `${errors[field]} ${problem.message}` : problem.message;
  }
  return { errors, rest };
}
