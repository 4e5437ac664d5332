import { defaultMaxPixels } from '@coatrack/images';

/** Limits on the resources that an archive may use. */
export interface DatasetLimits {
  /** entries in the archive, folders included */
  entries: number;
  /** uncompressed bytes of all entries together */
  totalBytes: number;
  /** uncompressed bytes of one entry */
  entryBytes: number;
  /** uncompressed ÷ compressed bytes, of any entry above a mebibyte and of the archive as a whole */
  compressionRatio: number;
  /** width × height of one image */
  pixels: number;
}

export const defaultDatasetLimits: DatasetLimits = {
  entries: 250_000,
  totalBytes: 20 * 2 ** 30,
  entryBytes: 64 * 2 ** 20,
  compressionRatio: 200,
  pixels: defaultMaxPixels,
};
