import { DomainError } from '../platform/errors/domain-error';

/** @param retryAfterMs estimated time until the images that are waiting have run */
export function queueFull(retryAfterMs: number): DomainError {
  return new DomainError(
    'QUEUE_FULL',
    'Too many images are already waiting for this model. Try again later.',
    undefined,
    { retryAfterMs },
  );
}

export function deadlineExceeded(): DomainError {
  return new DomainError('DEADLINE_EXCEEDED', 'The request missed its deadline.');
}
