import { open } from 'node:fs/promises';
import type { Archive } from './archive';
import { type ForeignFile, nameArchive } from './archive-formats';
import { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';
import type { NameEncoding } from './name-encoding';
import { TarArchive } from './tar-archive';
import { ZipArchive } from './zip-archive';

/** A tar file's signature begins at byte 257. */
const headBytes = 512;

/**
 * Opens a zip, tar or gzipped tar file, whatever it is called.
 * @throws DatasetError naming what it is instead
 */
export async function openArchive(
  path: string,
  limits: DatasetLimits,
  nameEncoding?: NameEncoding,
): Promise<Archive> {
  const format = nameArchive(await readHead(path));
  if (format === 'tar' || format === 'tar.gz') {
    return TarArchive.open(path, { gzipped: format === 'tar.gz', limits, nameEncoding });
  }
  if (typeof format === 'object' && format.isArchive) throw unsupported(format);
  try {
    return await ZipArchive.open(path, limits, nameEncoding);
  } catch (error) {
    // A zip file may lie behind anything; only what holds none is named.
    const isNone = error instanceof DatasetError && error.code === 'NOT_AN_ARCHIVE';
    throw isNone && typeof format === 'object' ? unsupported(format) : error;
  }
}

function unsupported({ what, advice }: ForeignFile): DatasetError {
  return new DatasetError('UNSUPPORTED_ARCHIVE', `The file is ${what}. ${advice}`);
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
