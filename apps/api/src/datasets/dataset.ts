import type { ImageFormat } from '@coatrack/images';
import type { DatasetSplit } from '@coatrack/training';
import { DomainError } from '../platform/errors/domain-error';

/** A named set of labelled images; never changes once it is there. */
export interface DatasetRecord {
  id: string;
  name: string;
  /** SHA-256 of the one blob that holds all images end to end. */
  blob: string;
  bytes: number;
  images: number;
  /** Sorted by name. */
  classes: { name: string; count: number }[];
  /** The first hundred entries that were left out. */
  skipped: { path: string; reason: string }[];
  skippedCount: number;
  /** What the uploader should know of it, in sentences. */
  warnings: string[];
  /** Images of each split; null where the uploader has made none. */
  splits: SplitCounts | null;
  createdAt: Date;
}

export type SplitCounts = Record<DatasetSplit, number>;

/** A dataset as lists have it: of its classes the first few, of what was left out nothing. */
export interface DatasetSummaryRecord extends Omit<DatasetRecord, 'skipped' | 'warnings'> {
  classCount: number;
}

/** Where one image lies in its dataset's blob. */
export interface ImageRecord {
  /** From 0, in order of class and name. */
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
  /** The first image of the same bytes; null of that one itself. */
  copyOf: number | null;
}

export interface ImageFilter {
  class?: number;
  limit: number;
  offset: number;
  /** Only those with a higher index. */
  after?: number;
}

export function datasetExists(name: string): DomainError {
  return new DomainError('DATASET_EXISTS', `There is a dataset named "${name}" already.`);
}

export function datasetNotFound(idOrName: string): DomainError {
  return new DomainError('DATASET_NOT_FOUND', `There is no dataset "${idOrName}".`);
}
