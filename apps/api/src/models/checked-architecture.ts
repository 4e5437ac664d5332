import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  UnknownArchitectureError,
} from '@coatrack/models';
import { DomainError } from '../errors/domain-error';
import { invalidRequest } from '../errors/invalid-request';

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
  try {
    checkImageSize(architecture, imageSize);
  } catch (error) {
    if (!(error instanceof ImageSizeError)) throw error;
    throw invalidRequest([{ where: 'config.preprocessing.imageSize', message: error.message }]);
  }
}
