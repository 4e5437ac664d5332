import type { ImageFormat, ImageRemark } from '@coatrack/images';
import type { SkippedEntry } from './skipped';
import type { DatasetSplit } from './split-folders';

/** An image of a class folder, checked by decoding all of it. */
export interface ClassImage {
  class: string;
  /** path below the class folder */
  name: string;
  /** as the archive's folders say; null where they say nothing */
  split: DatasetSplit | null;
  /** in the archive */
  path: string;
  /** encoded, as in the archive */
  bytes: Buffer;
  /** of the bytes, in base64 */
  sha256: string;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  format: ImageFormat;
}

export interface ClassFoldersReport {
  /** sorted by name; counts of good images */
  classes: { name: string; count: number }[];
  images: number;
  /** encoded bytes of the good images */
  bytes: number;
  skipped: SkippedEntry[];
  /** what the uploader should know, in sentences */
  warnings: string[];
}

/** What is remembered of an image once its bytes are gone. */
export type SeenImage = Pick<ClassImage, 'class' | 'split' | 'sha256'> & {
  remarks: readonly ImageRemark[];
};
