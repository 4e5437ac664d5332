import { DomainError } from '../platform/errors/domain-error';

/** @param retryAfterMs estimated time until the images that wait now have been run */
export function queueFull(retryAfterMs: number): DomainError {
  return new DomainError(
    'QUEUE_FULL',
    'Too many images are waiting for this model already. Try again later.',
    undefined,
    { retryAfterMs },
  );
}

export function deadlineExceeded(): DomainError {
  return new DomainError('DEADLINE_EXCEEDED', 'The answer was not there by its deadline.');
}
