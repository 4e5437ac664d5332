import { DomainError } from '../errors/domain-error';
import type { ThreadFailure } from './thread-protocol';

/** The engine, the model or their thread failed: not the caller's fault. */
export function inferenceFailed(reason: string): DomainError {
  return new DomainError('INFERENCE_FAILED', `The model could not be run: ${reason}`);
}

export function inferenceBusy(): DomainError {
  return new DomainError(
    'INFERENCE_BUSY',
    'Too many pictures are waiting for their prediction. Try again in a moment.',
  );
}

export function errorOf({ picture, message }: ThreadFailure): DomainError {
  return picture ? new DomainError('NOT_A_PICTURE', message) : inferenceFailed(message);
}
