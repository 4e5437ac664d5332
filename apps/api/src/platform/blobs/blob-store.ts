import type { Readable } from 'node:stream';

/** Bytes that are written and synced, but not yet stored under their name. */
export interface StagedBlob {
  path: string;
  sha256: string;
  bytes: number;
}

/** First and last byte, both included, as in an HTTP Range. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Stores bytes by their SHA-256. `Blobs` ties them to the database rows that need them.
 */
export abstract class BlobStore {
  /**
   * Writes a stream to a temporary file and hashes it.
   * @throws StorageFullError, and whatever the source throws; leaves no file behind
   */
  abstract stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob>;

  /**
   * Takes over a file that the caller has written inside `temporaryPath()`.
   * @throws StorageFullError when it used the reserve; the file is deleted
   */
  abstract stageFile(path: string): Promise<StagedBlob>;

  /**
   * Returns a new path for a temporary file in the file system of the store. Its writer must use a guard of DiskReserve.
   * @throws StorageFullError
   */
  abstract temporaryPath(): Promise<string>;

  /** Stores staged bytes under their name unless that exists. The staged copy remains until it is discarded. */
  abstract place(staged: StagedBlob): Promise<void>;

  /** Deletes the staged copy; placed bytes remain under their name. */
  abstract discard(staged: Pick<StagedBlob, 'path'>): Promise<void>;

  /** @throws DomainError BLOB_MISSING */
  abstract open(sha256: string, range?: ByteRange): Promise<Readable>;

  /** @throws DomainError BLOB_MISSING */
  abstract read(sha256: string, offset: number, length: number): Promise<Buffer>;

  /**
   * Returns the path of a local file with the blob's bytes, for reading only.
   * @throws DomainError BLOB_MISSING
   */
  abstract path(sha256: string): Promise<string>;

  abstract remove(sha256: string): Promise<void>;

  /** Removes the unfinished files of dead processes. */
  abstract sweep(): Promise<void>;

  /** Lists the SHA-256 of every stored blob. */
  abstract list(): AsyncIterable<string>;

  /** Rejects if the store cannot be written to. */
  abstract check(): Promise<void>;
}
