import type { ProblemDetail } from '../../platform/errors/domain-error';
import { orProblem } from '../../platform/errors/invalid-request';
import { type ModelSelector, parseModelReference } from '../../platform/model-reference';

/**
 * Finds the version that a field of a request names. Returns undefined when it names none, which is then a problem.
 * @param registry finds a version, or throws a DomainError
 */
export async function findVersion<V>(
  reference: unknown,
  registry: { resolve(model: string, which: Omit<ModelSelector, 'model'>): Promise<V> },
  problems: ProblemDetail[],
  where = 'model',
): Promise<V | undefined> {
  if (typeof reference !== 'string') return undefined;
  const selector = parseModelReference(reference);
  if (!selector) {
    problems.push({ where, message: 'must be like "name", "name:3" or "name@alias"' });
    return undefined;
  }
  const { model, ...which } = selector;
  return orProblem(where, problems, () => registry.resolve(model, which));
}
