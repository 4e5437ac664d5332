import { statfs } from 'node:fs/promises';
import { guardedBytes, type WriteGuard } from '@coatrack/models';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** The volume is checked again after this many bytes of a stream: others write to it, too. */
const lookEvery = 16 * mebibyte;

/** Of the volume, where no setting says more or less. */
const share = 0.05;
const mostByDefault = 2 * gibibyte;

/** A write was refused before the volume was full to its last byte. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
  /** As the operating system says it in the end. */
  readonly code = 'ENOSPC';

  constructor(free: number, needed: number, reserved: number) {
    super(
      `There is no room left for this on the volume of the data folder: ${free} bytes are free, ${needed} are needed, and ` +
        `${reserved} are kept for the database (COATRACK_DISK_RESERVE_BYTES). Free some space and try again.`,
    );
  }
}

/**
 * Space on the data folder's volume that files leave alone. The database often writes to the same volume, and stops when it
 * can't.
 */
export class DiskReserve {
  /**
   * @param reserved bytes; left out: 5 % of the volume, at most 2 GiB
   * @param look how the volume is looked at
   */
  constructor(
    private readonly folder: string,
    private readonly reserved?: number,
    private readonly look: (
      folder: string,
    ) => Promise<{ bavail: number; bsize: number; blocks: number }> = statfs,
  ) {}

  /**
   * @param bytes more that are about to be written
   * @throws StorageFullError unless they leave the reserve alone
   */
  async require(bytes: number): Promise<void> {
    const { bavail, bsize, blocks } = await this.look(this.folder);
    const free = bavail * bsize;
    const reserved = this.reserved ?? Math.min(mostByDefault, Math.floor(blocks * bsize * share));
    if (free < bytes + reserved) throw new StorageFullError(free, bytes, reserved);
  }

  /** Returns what is asked before each write of one file, or of several that are written together. */
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
   * Passes a stream on while it leaves the reserve alone.
   * @throws StorageFullError, and what the source throws
   */
  guard(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    return guardedBytes(source, this.writeGuard());
  }
}
