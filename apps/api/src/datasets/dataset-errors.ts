import { DatasetError } from '@coatrack/training';
import { DomainError } from '../platform/errors/domain-error';

export function datasetExists(name: string): DomainError {
  return new DomainError('DATASET_EXISTS', `There is a dataset named "${name}" already.`);
}

export function datasetNotFound(idOrName: string): DomainError {
  return new DomainError('DATASET_NOT_FOUND', `There is no dataset "${idOrName}".`);
}

/** Throws what is wrong with an archive as INVALID_DATASET; rethrows any other error. */
export function explainArchive(error: unknown): never {
  if (!(error instanceof DatasetError)) throw error;
  const problems = error.problems.map(({ where, message }) => ({ where, message }));
  throw new DomainError('INVALID_DATASET', error.message, problems, { cause: error });
}
