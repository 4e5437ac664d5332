import type { Readable } from 'node:stream';

/** Bytes that are written and synced, but not yet kept under their name. */
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
 * Bytes by their SHA-256. Knows nothing of who needs them: `Blobs` ties them to the database's rows.
 */
export abstract class BlobStore {
  /**
   * Writes a stream to a temporary place, hashing it on the way.
   * @throws StorageFullError, and what the source throws; nothing is left then
   */
  abstract stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob>;

  /**
   * Takes over a file that the caller has written inside `temporaryPath()`.
   * @throws StorageFullError when it took what is reserved; the file is gone then
   */
  abstract stageFile(path: string): Promise<StagedBlob>;

  /**
   * A new path for a temporary file, in the same file system as the store. Its writer must ask a guard of DiskReserve.
   * @throws StorageFullError
   */
  abstract temporaryPath(): Promise<string>;

  /** Gives staged bytes their name; a blob that is there already stays. What is staged stays too, until it is discarded. */
  abstract place(staged: StagedBlob): Promise<void>;

  /** Throws the staged copy away; bytes that have been placed stay under their name. */
  abstract discard(staged: Pick<StagedBlob, 'path'>): Promise<void>;

  /** @throws DomainError BLOB_MISSING */
  abstract open(sha256: string, range?: ByteRange): Promise<Readable>;

  /** @throws DomainError BLOB_MISSING */
  abstract read(sha256: string, offset: number, length: number): Promise<Buffer>;

  /**
   * A local file with the blob's bytes, for reading only.
   * @throws DomainError BLOB_MISSING
   */
  abstract path(sha256: string): Promise<string>;

  abstract remove(sha256: string): Promise<void>;

  /** Removes what dead processes have half written. */
  abstract sweep(): Promise<void>;

  /** The SHA-256 of every blob that is there. */
  abstract list(): AsyncIterable<string>;

  /** Whether the store can be written to; rejects when not. */
  abstract check(): Promise<void>;
}
