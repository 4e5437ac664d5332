import { DomainError } from '../platform/errors/domain-error';

/** @param retryAfterMs when the images that wait now will have been looked at */
export function queueFull(retryAfterMs: number): DomainError {
  return new DomainError(
    'QUEUE_FULL',
    'Too many pictures are waiting for this model already. Try again later.',
    undefined,
    { retryAfterMs },
  );
}

export function deadlineExceeded(): DomainError {
  return new DomainError('DEADLINE_EXCEEDED', 'The answer was not there by its deadline.');
}
