import {
  publishedLabels,
  UnknownWeightsError,
  WeightsFormatError,
  WeightsMismatchError,
} from '@coatrack/models';
import { DomainError } from '../../platform/errors/domain-error';

/**
 * Says in the API's words what is wrong with weights.
 * @param what where they come from: a part of the form, or a file of a repository
 * @throws DomainError INVALID_WEIGHTS with the first of what doesn't fit; or the error itself
 */
export function explainWeights(error: unknown, what: string): never {
  if (error instanceof WeightsFormatError) {
    // The error's own message names the temporary file, which tells the caller nothing.
    const message = `${what} is not a valid ${error.format} file: ${error.reason}`;
    throw new DomainError('INVALID_WEIGHTS', message, [{ where: what, message: error.reason }]);
  }
  if (error instanceof WeightsMismatchError) {
    const problems = error.problems.map(({ tensor, message }) => ({ where: tensor, message }));
    throw new DomainError('INVALID_WEIGHTS', error.message, problems);
  }
  if (error instanceof UnknownWeightsError) {
    const { message } = error;
    throw new DomainError('INVALID_WEIGHTS', message, [{ where: 'config.architecture', message }]);
  }
  throw error;
}

/** @throws DomainError INVALID_LABELS */
export function invalidLabels(message: string): never {
  throw new DomainError('INVALID_LABELS', `The labels don't fit: ${message}.`, [
    { where: 'config.labels', message },
  ]);
}

/** @throws DomainError INVALID_LABELS when no published labels exist for this number of classes */
export function labelsPublishedFor(classes: number): string[] {
  const published = publishedLabels(classes);
  return published
    ? [...published]
    : invalidLabels(`${classes} classes have no published labels; name them`);
}
