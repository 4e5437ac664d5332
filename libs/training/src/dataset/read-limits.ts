import type { ArchiveFile } from './archive';
import { DatasetError, type DatasetProblem } from './dataset-error';
import { isImageName } from './image-names';
import type { DatasetLimits } from './limits';
import type { SkippedEntry } from './skipped';

/** Entries below this size, in bytes, may compress to any ratio, as a blank image does. */
const ratioFloor = 2 ** 20;

/**
 * Checks the files to be read against the limits, using the archive's list. Skips large files that are not named like an image.
 * @param archiveBytes size of the archive as uploaded
 * @throws DatasetError
 */
export function keepReadable<File extends { file: ArchiveFile }>(
  files: readonly File[],
  archiveBytes: number,
  limits: DatasetLimits,
): { files: File[]; skipped: SkippedEntry[] } {
  const kept: File[] = [];
  const skipped: SkippedEntry[] = [];
  const large: DatasetProblem[] = [];
  const dense: DatasetProblem[] = [];
  for (const each of files) {
    const { path, bytes, packedBytes } = each.file;
    const isLarge = bytes > limits.entryBytes;
    const isDense = bytes > ratioFloor && bytes > packedBytes * limits.compressionRatio;
    if (!isLarge && !isDense) {
      kept.push(each);
    } else if (!isImageName(path)) {
      skipped.push({
        path,
        kind: 'not images',
        reason: `Not an image: ${bytes} bytes, left unread`,
      });
    } else if (isLarge) {
      large.push({
        where: path,
        message: `${bytes} bytes; at most ${limits.entryBytes} are taken`,
      });
    } else {
      dense.push({
        where: path,
        message: `${bytes} bytes out of ${packedBytes}; at most ${limits.compressionRatio} times as many are taken`,
      });
    }
  }
  if (large.length > 0) {
    const message = 'The archive holds entries that are too large';
    throw new DatasetError('ENTRY_TOO_LARGE', message, large);
  }
  if (dense.length > 0) {
    const message = 'The archive holds entries that grow too much when unpacked';
    throw new DatasetError('COMPRESSION_RATIO_TOO_HIGH', message, dense);
  }
  checkTotal(
    kept.reduce((sum, { file }) => sum + file.bytes, 0),
    archiveBytes,
    limits,
  );
  return { files: kept, skipped };
}

/** Checks the total size. Entries that share their compressed bytes may each be within limits and exceed them together. */
function checkTotal(totalBytes: number, archiveBytes: number, limits: DatasetLimits): void {
  if (totalBytes > limits.totalBytes) {
    throw new DatasetError(
      'ARCHIVE_TOO_LARGE',
      `The archive unpacks to ${totalBytes} bytes; at most ${limits.totalBytes} are taken`,
    );
  }
  if (totalBytes > Math.max(archiveBytes * limits.compressionRatio, ratioFloor)) {
    throw new DatasetError(
      'COMPRESSION_RATIO_TOO_HIGH',
      `The archive unpacks to ${totalBytes} bytes out of ${archiveBytes}; at most ${limits.compressionRatio} times as many are taken`,
    );
  }
}
