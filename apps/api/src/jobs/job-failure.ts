import { StorageFullError } from '../platform/blobs/disk-reserve';
import type { JobFailure } from './job-state';

/** Errors of the operating system that a user can act on. */
const systemErrors: Record<string, JobFailure> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: 'The disk of the data folder is full. Free some space and start the job again.',
  },
  EMFILE: {
    code: 'TOO_MANY_FILES',
    message: 'The worker has reached the limit on open files (see ulimit -n).',
  },
};

/** Matches the codes of our own errors, whose messages are meant for users. */
const ownCode = /^[A-Z]+(_[A-Z]+)+$/;

const javascriptsOwn = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError']);

/** Maximum length of a message: one that lists every problem of a file may be as long as the file. */
const longestMessage = 2000;

/** Returns the failure with its message cut to the maximum length. */
function bounded({ code, message }: JobFailure): JobFailure {
  if (message.length <= longestMessage) return { code, message };
  return { code, message: `${message.slice(0, longestMessage)} …` };
}

/**
 * Describes a failed run to the user who started it.
 * @param noun names the work: "training" becomes TRAINING_FAILED
 */
export function describeFailure(error: unknown, noun: string): JobFailure {
  return bounded(describe(error, noun));
}

function describe(error: unknown, noun: string): JobFailure {
  const unknownCode = `${noun.toUpperCase()}_FAILED`;
  const unexpected = (message: string) => ({
    code: unknownCode,
    message: `The ${noun} ended with an unexpected error: ${message}`,
  });
  if (!(error instanceof Error)) return unexpected(String(error));
  if (error instanceof StorageFullError) return { code: 'DISK_FULL', message: error.message };
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'string') {
    const known = systemErrors[code];
    if (known) return known;
    if (ownCode.test(code)) return { code, message: error.message };
  }
  // Errors of our libraries say what is wrong and where; JavaScript's own errors don't.
  if (javascriptsOwn.has(error.name)) return unexpected(error.message);
  return { code: unknownCode, message: error.message };
}
