import { z } from 'zod';
import { DomainError, type ProblemDetail } from './domain-error';
import { unknownFields } from './unknown-fields';

// Zod's own message names the unknown fields alone; a misspelt one is found sooner beside the known ones.
z.config({
  customError: (issue) => {
    if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject))
      return undefined;
    return unknownFields(issue.keys, Object.keys(issue.inst.shape));
  },
});

export function problemsOf(error: z.ZodError, prefix: string[] = []): ProblemDetail[] {
  return error.issues.map((issue) => ({
    where: [...prefix, ...issue.path.map(String)].join('.') || 'request',
    message: issue.message,
  }));
}

/** Returns one error that lists all problems. */
export function invalidRequest(problems: ProblemDetail[]): DomainError {
  const list = problems.map(({ where, message }) => `${where}: ${message}`).join('; ');
  return new DomainError('INVALID_REQUEST', `The request is invalid: ${list}`, problems);
}

/** @throws DomainError INVALID_REQUEST naming every problem; paths are prefixed with `where` if given */
export function parseOrFail<T extends z.ZodType>(schema: T, value: unknown, where?: string) {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw invalidRequest(problemsOf(parsed.error, where === undefined ? [] : [where]));
  }
  return parsed.data as z.output<T>;
}

/** Adds a failed lookup to the problems and returns undefined. */
export async function orProblem<T>(
  where: string,
  problems: ProblemDetail[],
  find: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    problems.push({ where, message: error.message });
    return undefined;
  }
}
