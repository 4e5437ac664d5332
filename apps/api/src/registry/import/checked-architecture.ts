import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  UnknownArchitectureError,
  WeightsFormatError,
  WeightsMismatchError,
  UnknownWeightsError,
} from '@coatrack/models';
import { DomainError, type ProblemDetail } from '../../platform/errors/domain-error';
import { invalidRequest } from '../../platform/errors/invalid-request';

/** @throws DomainError INVALID_REQUEST when there is no name, UNKNOWN_ARCHITECTURE */
export function architectureOf(name: string | undefined): Architecture {
  const where = 'config.architecture';
  if (name === undefined) {
    throw invalidRequest([{ where, message: 'must name the architecture of the weights' }]);
  }
  try {
    return findArchitecture(name);
  } catch (error) {
    if (!(error instanceof UnknownArchitectureError)) throw error;
    throw new DomainError('UNKNOWN_ARCHITECTURE', error.message, [
      { where, message: error.message },
    ]);
  }
}

/** @throws DomainError INVALID_REQUEST */
export function checkSize(architecture: Architecture, imageSize: number): void {
  const message = imageSizeProblem(architecture, imageSize);
  if (message === undefined) return;
  throw invalidRequest([{ where: 'config.preprocessing.imageSize', message }]);
}

/** Returns why the architecture does not accept images of this size, or undefined if it does. */
export function imageSizeProblem(
  architecture: Architecture,
  imageSize: number,
): string | undefined {
  try {
    checkImageSize(architecture, imageSize);
    return undefined;
  } catch (error) {
    if (!(error instanceof ImageSizeError)) throw error;
    return error.message;
  }
}

/** Returns the architecture that a request names; adds an unknown one to the problems. */
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

/**
 * Rethrows an error about weights as an error of the API.
 * @param what origin of the weights: a part of the form, or a file of a repository
 * @throws DomainError INVALID_WEIGHTS with the first problems; any other error unchanged
 */
export function explainWeights(error: unknown, what: string): never {
  if (error instanceof WeightsFormatError) {
    // The original message contains the path of the temporary file, which means nothing to the caller.
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
