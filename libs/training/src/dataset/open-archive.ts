import { open } from 'node:fs/promises';
import type { Archive } from './archive';
import { type ForeignFile, nameArchive } from './archive-formats';
import { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';
import type { NameEncoding } from './name-encoding';
import { TarArchive } from './tar-archive';
import { ZipArchive } from './zip-archive';

/** Bytes to read for the signature. That of a tar file begins at byte 257. */
const headBytes = 512;

/**
 * Opens a zip, tar or gzipped tar file, regardless of its name.
 * @throws DatasetError naming the actual format
 */
export async function openArchive(
  path: string,
  limits: DatasetLimits,
  nameEncoding?: NameEncoding,
): Promise<Archive> {
  const head = await readHead(path);
  const format = nameArchive(head);
  if (format === 'tar' || format === 'tar.gz') {
    return TarArchive.open(path, { gzipped: format === 'tar.gz', limits, nameEncoding });
  }
  if (typeof format === 'object' && format.isArchive) throw unsupported(format);
  try {
    return await ZipArchive.open(path, limits, nameEncoding);
  } catch (error) {
    // A zip file may follow any other bytes, so the format is named only if there is no zip file.
    const isNone = error instanceof DatasetError && error.code === 'NOT_AN_ARCHIVE';
    if (!isNone || format === 'zip') throw error;
    throw format === undefined ? unknown(head, error) : unsupported(format);
  }
}

function unknown(head: Buffer, cause: DatasetError): DatasetError {
  const message =
    head.length === 0
      ? 'The file is empty: pack the class folders as a zip or .tar.gz file'
      : 'The file is neither a zip file nor a .tar or .tar.gz file, or its beginning or end is missing';
  return new DatasetError('NOT_AN_ARCHIVE', message, [], { cause });
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
