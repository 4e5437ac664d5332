import { crc32 } from '@coatrack/models';
import { getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { type ArchiveFile, checkEntries, ratioFloor } from './archive-checks';
import { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';

/**
 * A zip file on disk. Its directory is read and checked when it is opened; entries are read one by one afterwards.
 */
export class Archive {
  private constructor(
    private readonly zip: ZipFile,
    /** in the archive's order, folders left out */
    readonly files: readonly ArchiveFile[],
    /** as the archive lists them, with a slash at the end */
    readonly folders: readonly string[],
  ) {}

  /** @throws DatasetError */
  static async open(path: string, limits: DatasetLimits): Promise<Archive> {
    const zip = await readingZip(() =>
      openPromise(path, {
        autoClose: false,
        lazyEntries: true,
        // Names are decoded and sizes are counted here, so that each fault gets its own answer.
        decodeStrings: false,
        validateEntrySizes: false,
      }),
    );
    try {
      const files: ArchiveFile[] = [];
      const folders: string[] = [];
      for (const file of await readCheckedDirectory(zip, limits)) {
        if (file.path.endsWith('/')) folders.push(file.path);
        else files.push(file);
      }
      return new Archive(zip, files, folders);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  /**
   * @returns all bytes of a file, as many as the directory says and with the checksum that it says
   * @throws DatasetError
   */
  async read({ path, entry }: ArchiveFile): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(entry.uncompressedSize);
    let length = 0;
    await readingZip(async () => {
      for await (const chunk of await this.zip.openReadStreamPromise(entry)) {
        length += (chunk as Buffer).length;
        if (length > bytes.length) {
          throw new DatasetError(
            'ENTRY_TOO_LARGE',
            `${path} is larger than the archive's directory says (${bytes.length} bytes)`,
            [{ where: path, message: `More than ${bytes.length} bytes` }],
          );
        }
        (chunk as Buffer).copy(bytes, length - (chunk as Buffer).length);
      }
    }, path);
    if (length !== bytes.length || crc32(bytes) !== entry.crc32) {
      throw damaged(path, new Error('Size or checksum differ from what the directory says'));
    }
    return bytes;
  }

  close(): void {
    this.zip.close();
  }
}

/** Runs something of yauzl's; its errors all mean that the archive cannot be read. */
async function readingZip<Result>(read: () => Promise<Result>, where?: string): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    const isSystemError = error instanceof Error && 'syscall' in error;
    throw isSystemError ? error : damaged(where, error);
  }
}

function damaged(where: string | undefined, cause: unknown): DatasetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return where
    ? new DatasetError(
        'NOT_A_ZIP',
        `The archive is damaged at ${where}: ${reason}`,
        [{ where, message: reason }],
        { cause },
      )
    : new DatasetError('NOT_A_ZIP', `Not a zip file, or a damaged one: ${reason}`, [], { cause });
}

/** Claims of the directory alone: nothing is unpacked yet. */
async function readCheckedDirectory(zip: ZipFile, limits: DatasetLimits): Promise<ArchiveFile[]> {
  if (zip.entryCount > limits.entries) {
    throw new DatasetError(
      'TOO_MANY_ENTRIES',
      `The archive has ${zip.entryCount} entries; at most ${limits.entries} are taken`,
    );
  }
  const files = await readingZip(() => readDirectory(zip));
  checkEntries(files, limits);
  const totalBytes = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (totalBytes > limits.totalBytes) {
    throw new DatasetError(
      'ARCHIVE_TOO_LARGE',
      `The archive unpacks to ${totalBytes} bytes; at most ${limits.totalBytes} are taken`,
    );
  }
  // Entries that share their compressed bytes are each modest; together they are not.
  if (totalBytes > Math.max(zip.fileSize * limits.compressionRatio, ratioFloor)) {
    throw new DatasetError(
      'COMPRESSION_RATIO_TOO_HIGH',
      `The archive unpacks to ${totalBytes} bytes out of ${zip.fileSize}; at most ${limits.compressionRatio} times as many are taken`,
    );
  }
  return files;
}

async function readDirectory(zip: ZipFile): Promise<ArchiveFile[]> {
  const files: ArchiveFile[] = [];
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    const path = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
    files.push({ path: path.normalize('NFC'), entry });
  }
  return files;
}
