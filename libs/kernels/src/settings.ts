import { availableParallelism } from 'node:os';
import type { Device } from './engine';

/** A setting of the environment that cannot be what it is; the message names it, and says what would be right. */
export class WrongSettingError extends RangeError {
  override readonly name = 'WrongSettingError';
}

const mostThreads = 1024;

/**
 * Returns how many threads an engine computes with: as many as COATRACK_THREADS says, or one for each processor.
 * @param most beyond which an engine does not go of its own accord
 * @throws WrongSettingError
 */
export function threadCount(most = mostThreads): number {
  return threadsSet() ?? Math.min(availableParallelism(), most);
}

/**
 * Returns COATRACK_THREADS, undefined where it is not set.
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
 * Returns COATRACK_TORCH_DEVICE, undefined where it is not set.
 * @throws WrongSettingError
 */
export function torchDeviceSet(): Device | undefined {
  const text = process.env['COATRACK_TORCH_DEVICE'];
  if (text === undefined || text === 'cpu' || text === 'cuda') return text;
  throw new WrongSettingError(`COATRACK_TORCH_DEVICE must be cpu or cuda, not '${text}'`);
}
