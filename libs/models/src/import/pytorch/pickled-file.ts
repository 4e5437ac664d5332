import type { PickleValue } from './pickle-machine';

/** A file of torch.save: an object, and the storages that it refers to. */
export interface PickledFile {
  root: PickleValue;
  /** Byte order of the storages' elements. */
  littleEndian: boolean;
  /** Returns the number of bytes of a storage; undefined if the file lacks it. */
  storageBytes(key: string): number | undefined;
  /**
   * Reads bytes of a storage.
   * @throws RangeError when they cannot be read or do not match their checksum
   */
  readStorage(key: string, begin: number, length: number): Promise<ArrayBuffer>;
}

/** Maximum size of a pickle; a state dict's takes some hundred kilobytes. */
export const maxPickleBytes = 16 * 2 ** 20;
