import { DomainError } from '../../platform/errors/domain-error';

/** Why a load was given up. */
export const tooSlow = 'it was not loaded and warm in time';

/** The engine, the model or its thread failed: not the caller's fault. */
export function inferenceFailed(reason: string): DomainError {
  return new DomainError('INFERENCE_FAILED', `The model could not be run: ${reason}`);
}
