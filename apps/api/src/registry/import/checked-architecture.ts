import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  UnknownArchitectureError,
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

/** Why the architecture does not take images of this size; undefined where it does. */
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

/** Finds the architecture that a request names; an unknown one is a problem among others. */
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
