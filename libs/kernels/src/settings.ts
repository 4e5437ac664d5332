import { availableParallelism } from 'node:os';
import type { Device } from './engine';

/** An invalid environment variable; the message names it and says what would be valid. */
export class WrongSettingError extends RangeError {
  override readonly name = 'WrongSettingError';
}

const mostThreads = 1024;

/**
 * Returns the number of threads of an engine: COATRACK_THREADS, or one per processor.
 * @param most limit that the default does not exceed
 * @throws WrongSettingError
 */
export function threadCount(most = mostThreads): number {
  return threadsSet() ?? Math.min(availableParallelism(), most);
}

/**
 * Returns COATRACK_THREADS, or undefined if it is not set.
 * @throws WrongSettingError
 */
export function threadsSet(): number | undefined {
  const text = process.env['COATRACK_THREADS'];
  if (text === undefined) return undefined;
  const threads = /^\d+$/.test(text) ? Number(text) : 0;
  if (threads >= 1 && threads <= mostThreads) return threads;
  throw new WrongSettingError(
    `COATRACK_THREADS must be a whole number from 1 to ${mostThreads}, not '${text}'`,
  );
}

/**
 * Returns COATRACK_TORCH_DEVICE, or undefined if it is not set.
 * @throws WrongSettingError
 */
export function torchDeviceSet(): Device | undefined {
  const text = process.env['COATRACK_TORCH_DEVICE'];
  if (text === undefined || text === 'cpu' || text === 'cuda') return text;
  throw new WrongSettingError(`COATRACK_TORCH_DEVICE must be cpu or cuda, not '${text}'`);
}
