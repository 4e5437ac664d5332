import { statfs } from 'node:fs/promises';
import { guardedBytes, type WriteGuard } from '@coatrack/models';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** Bytes of a stream after which the volume is checked again, as others write to it too. */
const lookEvery = 16 * mebibyte;

/** Default share of the volume. */
const share = 0.05;
const mostByDefault = 2 * gibibyte;

/** Thrown when a write would use the reserve of the volume. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
  /** The code that the operating system uses for a full disk. */
  readonly code = 'ENOSPC';

  constructor(free: number, needed: number, reserved: number) {
    super(
      `The volume of the data folder has too little space: ${free} bytes are free, ${needed} are needed, and ` +
        `${reserved} are kept for the database (COATRACK_DISK_RESERVE_BYTES). Free some space and try again.`,
    );
  }
}

/**
 * Reserves space on the data folder's volume for the database, which often writes to the same volume and stops when it
 * cannot.
 */
export class DiskReserve {
  /**
   * @param reserved in bytes; default: 5 % of the volume, at most 2 GiB
   * @param look returns the state of the volume
   */
  constructor(
    private readonly folder: string,
    private readonly reserved?: number,
    private readonly look: (
      folder: string,
    ) => Promise<{ bavail: number; bsize: number; blocks: number }> = statfs,
  ) {}

  /**
   * @param bytes about to be written
   * @throws StorageFullError if they would use the reserve
   */
  async require(bytes: number): Promise<void> {
    const { bavail, bsize, blocks } = await this.look(this.folder);
    const free = bavail * bsize;
    const reserved = this.reserved ?? Math.min(mostByDefault, Math.floor(blocks * bsize * share));
    if (free < bytes + reserved) throw new StorageFullError(free, bytes, reserved);
  }

  /** Returns a guard to call before each write of one file, or of several that are written together. */
  writeGuard(): WriteGuard {
    let ahead = 0;
    return async (bytes) => {
      if (bytes > ahead) {
        ahead = lookEvery + bytes;
        await this.require(bytes);
      }
      ahead -= bytes;
    };
  }

  /**
   * Passes a stream through until it would use the reserve.
   * @throws StorageFullError, and whatever the source throws
   */
  guard(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    return guardedBytes(source, this.writeGuard());
  }
}
