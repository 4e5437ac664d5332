import type { ImageFormat } from '@coatrack/images';
import type { DatasetSplit } from '@coatrack/training';
import { DomainError } from '../platform/errors/domain-error';

/** A named, immutable set of labelled images. */
export interface DatasetRecord {
  id: string;
  name: string;
  /** SHA-256 of the one blob that holds all images end to end. */
  blob: string;
  bytes: number;
  images: number;
  /** Sorted by name. */
  classes: { name: string; count: number }[];
  /** The first hundred entries that were skipped. */
  skipped: { path: string; reason: string }[];
  skippedCount: number;
  /** Remarks for the uploader, in sentences. */
  warnings: string[];
  /** Images of each split; null if the upload has no splits. */
  splits: SplitCounts | null;
  createdAt: Date;
}

export type SplitCounts = Record<DatasetSplit, number>;

/** A dataset in lists: only the first few classes, and no skipped files. */
export interface DatasetSummaryRecord extends Omit<DatasetRecord, 'skipped' | 'warnings'> {
  classCount: number;
}

/** The position of one image in its dataset's blob. */
export interface ImageRecord {
  /** Counted from 0, in order of class and name. */
  index: number;
  /** Index into the dataset's classes. */
  class: number;
  name: string;
  format: ImageFormat;
  byteOffset: number;
  byteLength: number;
  width: number;
  height: number;
  split: DatasetSplit | null;
  /** Index of the first image with the same bytes; null for the first itself. */
  copyOf: number | null;
}

export interface ImageFilter {
  class?: number;
  limit: number;
  offset: number;
  /** Only images with a higher index. */
  after?: number;
}

export function datasetExists(name: string): DomainError {
  return new DomainError('DATASET_EXISTS', `A dataset named "${name}" already exists.`);
}

export function datasetNotFound(idOrName: string): DomainError {
  return new DomainError('DATASET_NOT_FOUND', `There is no dataset "${idOrName}".`);
}
