import type { PickleValue } from './pickle-machine';

/** What torch.save has written: an object, and the bytes of the storages that it refers to. */
export interface PickledFile {
  root: PickleValue;
  /** Byte order of the storages' elements. */
  littleEndian: boolean;
  /** @returns bytes of a storage; undefined where the file has none of this key */
  storageBytes(key: string): number | undefined;
  /**
   * Some bytes of a storage.
   * @throws RangeError when they can't be read, or have not the checksum that the file says
   */
  readStorage(key: string, begin: number, length: number): Promise<ArrayBuffer>;
}

/** A state dict's pickle takes some hundred kilobytes. */
export const maxPickleBytes = 16 * 2 ** 20;
