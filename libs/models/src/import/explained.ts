import { WeightsFormatError } from '../errors';
import type { FileTensors } from './weights-format';

/**
 * Adds the file to errors about its contents.
 * @param format as in WeightsFormatError
 * @throws WeightsFormatError instead of a RangeError
 */
export async function explained<T>(
  path: string,
  format: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? new WeightsFormatError(path, format, error.message) : error;
  }
}

/** Opens a file whose errors, when opening or reading it, are explained as above. */
export function openExplained(
  path: string,
  format: string,
  open: () => Promise<FileTensors>,
): Promise<FileTensors> {
  return explained(path, format, async () => {
    const file = await open();
    return { ...file, read: (name) => explained(path, format, () => file.read(name)) };
  });
}
