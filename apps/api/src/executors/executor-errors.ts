import { DomainError } from '../errors/domain-error';

/** The engine, the model or its thread failed: not the caller's fault. */
export function inferenceFailed(reason: string): DomainError {
  return new DomainError('INFERENCE_FAILED', `The model could not be run: ${reason}`);
}
