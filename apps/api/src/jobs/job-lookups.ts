import { type Architecture, findArchitecture, UnknownArchitectureError } from '@coatrack/models';
import { DomainError, type ProblemDetail } from '../platform/errors/domain-error';
import type { VersionRecord } from '../registry/models/model';
import { type ModelSelector, parseModelReference } from '../platform/model-reference';

/** A version as far as a job's request must know it. */
export type FoundVersion = Pick<
  VersionRecord,
  'model' | 'version' | 'architecture' | 'format' | 'preprocessing'
>;

/** What a request for a job refers to. */
export abstract class JobLookups {
  /** @throws DomainError when there is no dataset with this id or name */
  abstract findDataset(idOrName: string): Promise<{ id: string; name: string }>;
  /** @throws DomainError when there is no such model, version or alias */
  abstract findVersion(selector: ModelSelector): Promise<FoundVersion>;
}

/** The version that a field of the request names; undefined when it names none, which is then a problem. */
export async function findVersion<V>(
  reference: unknown,
  lookups: { findVersion(selector: ModelSelector): Promise<V> },
  problems: ProblemDetail[],
  where = 'model',
): Promise<V | undefined> {
  if (typeof reference !== 'string') return undefined;
  const selector = parseModelReference(reference);
  if (!selector) {
    problems.push({ where, message: 'must be like "name", "name:3" or "name@alias"' });
    return undefined;
  }
  return orProblem(where, problems, () => lookups.findVersion(selector));
}

/** What cannot be found is one problem among others. */
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

/** As `orProblem`, for the architecture that a request names. */
export function architectureOrProblem(
  name: string,
  problems: ProblemDetail[],
): Architecture | undefined {
  try {
    return findArchitecture(name);
  } catch (error) {
    if (!(error instanceof UnknownArchitectureError)) throw error;
    problems.push({ where: 'architecture', message: error.message });
    return undefined;
  }
}
