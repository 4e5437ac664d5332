import type { JobFailure } from './job';

/** Errors of the operating system that a person can act on. */
const systemErrors: Record<string, JobFailure> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: 'The disk of the data folder is full. Free some space and start the job again.',
  },
  EMFILE: {
    code: 'TOO_MANY_FILES',
    message: 'The system allows the worker too few open files (see ulimit -n).',
  },
};

/** SCREAMING_CASE codes are our own errors', written for people. */
const ownCode = /^[A-Z]+(_[A-Z]+)+$/;

/** What a failed run tells the person who started it. */
export function describeFailure(error: unknown): JobFailure {
  const { code, message, name } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { code: undefined, message: String(error), name: 'Error' };
  if (typeof code === 'string') {
    const known = systemErrors[code];
    if (known) return known;
    if (ownCode.test(code)) return { code, message };
  }
  // Errors of the libraries say what and where; a bare Error or TypeError does not.
  const speaks = name !== 'Error' && name !== 'TypeError' && name !== 'RangeError';
  return {
    code: 'TRAINING_FAILED',
    message: speaks ? message : `Training ended with an unexpected error: ${message}`,
  };
}
