import { WeightsFormatError } from '../errors';

/**
 * Says of what is wrong in a file which file it is in.
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
