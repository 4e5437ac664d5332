/** A file as listed in the archive. */
export interface ArchiveFile {
  /** with forward slashes, without `.` and empty parts, NFC */
  path: string;
  /** uncompressed bytes, as listed */
  bytes: number;
  /** bytes in the archive */
  packedBytes: number;
}

export interface ArchiveContent<File extends ArchiveFile> {
  file: File;
  /**
   * Resolves to all bytes of the file, as many as listed.
   * @throws DatasetError
   */
  read(): Promise<Buffer>;
}

/** An archive on disk whose list of files has been read and checked. */
export abstract class Archive<File extends ArchiveFile = ArchiveFile> {
  /** in the archive's order, without folders */
  abstract readonly files: readonly File[];
  /** with a trailing slash */
  abstract readonly folders: readonly string[];
  /** what the reader should know about how the archive was read */
  abstract readonly warnings: readonly string[];
  /** Yields the contents of the given files, in the given order or in the archive's. */
  abstract contents(
    files: readonly File[],
  ): Iterable<ArchiveContent<File>> | AsyncIterable<ArchiveContent<File>>;
  abstract close(): Promise<void>;
}
