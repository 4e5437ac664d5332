import type { ImageFormat, ImageRemark } from '@coatrack/images';
import type { SkippedEntry } from './skipped';
import type { DatasetSplit } from './split-folders';

/** An image of a class folder, checked by decoding it whole. */
export interface ClassImage {
  class: string;
  /** path below the class folder */
  name: string;
  /** split according to the archive's folders; null if they name none */
  split: DatasetSplit | null;
  /** path in the archive */
  path: string;
  /** encoded, as in the archive */
  bytes: Buffer;
  /** SHA-256 of the bytes, in base64 */
  sha256: string;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  format: ImageFormat;
}

export interface ClassFoldersReport {
  /** sorted by name, with the number of good images */
  classes: { name: string; count: number }[];
  images: number;
  /** total encoded bytes of the good images */
  bytes: number;
  skipped: SkippedEntry[];
  /** warnings for the uploader, as sentences */
  warnings: string[];
}

/** The data kept about an image after its bytes are freed. */
export type SeenImage = Pick<ClassImage, 'class' | 'split' | 'sha256'> & {
  remarks: readonly ImageRemark[];
};
