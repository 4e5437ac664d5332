import { type DatasetLimits, defaultDatasetLimits } from './limits';
import type { PictureFormat } from '../pictures/formats';

/** A picture of a class folder, checked by decoding all of it. */
export interface ClassPicture {
  class: string;
  /** file name */
  name: string;
  /** in the archive */
  path: string;
  /** encoded, as in the archive */
  bytes: Buffer;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  format: PictureFormat;
}

export interface SkippedEntry {
  path: string;
  reason: string;
}

export interface ClassFoldersReport {
  /** sorted by name; counts of good pictures */
  classes: { name: string; count: number }[];
  pictures: number;
  /** encoded bytes of the good pictures */
  bytes: number;
  skipped: SkippedEntry[];
}

/** Iterate once; then `report` tells what was found and what was left out. */
export interface ClassFolders extends AsyncIterable<ClassPicture> {
  /** @throws Error before the iteration has ended */
  readonly report: ClassFoldersReport;
}

/**
 * Reads the class folders (`rose/1.jpg`, `tulip/2.png`) of a zip file on disk, picture by picture.
 * Whatever the archive's directory shows to be wrong is thrown before the first picture; classes that turn out
 * too small once broken pictures are left out, after the last: keep nothing of an iteration that throws.
 * @throws DatasetError (while iterating)
 */
export declare function readClassFolders(
  zipPath: string,
  limits?: Partial<DatasetLimits>,
): ClassFolders;

void defaultDatasetLimits;
