import type { ImageFormat } from '@coatrack/images';
import type { DatasetSplit } from '@coatrack/training';
import type { Moment } from '../platform/lists/newest-first';
import type { Page, PageQuery } from '../platform/lists/page';

/** A named set of labelled pictures; never changes once it is there. */
export interface DatasetRecord {
  id: string;
  name: string;
  /** SHA-256 of the one blob that holds all pictures end to end. */
  blob: string;
  bytes: number;
  pictures: number;
  /** Sorted by name. */
  classes: { name: string; count: number }[];
  /** The first hundred entries that were left out. */
  skipped: { path: string; reason: string }[];
  skippedCount: number;
  /** What the uploader should know of it, in sentences. */
  warnings: string[];
  /** Pictures of each split; null where the uploader has made none. */
  splits: SplitCounts | null;
  createdAt: Date;
}

export type SplitCounts = Record<DatasetSplit, number>;

/** A dataset as lists have it: of its classes the first few, of what was left out nothing. */
export interface DatasetSummaryRecord extends Omit<DatasetRecord, 'skipped' | 'warnings'> {
  classCount: number;
}

/** Where one picture lies in its dataset's blob. */
export interface PictureRecord {
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
  /** The first picture of the same bytes; null of that one itself. */
  copyOf: number | null;
}

export interface PictureFilter {
  class?: number;
  limit: number;
  offset: number;
  /** Only those with a higher index. */
  after?: number;
}

/** Where datasets' rows are kept. */
export abstract class DatasetStore {
  /** @throws DomainError DATASET_EXISTS when the name is taken */
  abstract insert(dataset: DatasetRecord, pictures: PictureRecord[]): Promise<void>;
  /** Lists datasets, newest first. */
  abstract list(page: PageQuery<Moment>): Promise<Page<DatasetSummaryRecord>>;
  abstract findById(id: string): Promise<DatasetRecord | undefined>;
  abstract findByName(name: string): Promise<DatasetRecord | undefined>;
  abstract pictures(id: string, filter: PictureFilter): Promise<PictureRecord[]>;
  abstract picture(id: string, index: number): Promise<PictureRecord | undefined>;
  /**
   * @returns whether it was there
   * @throws DomainError DATASET_IN_USE while a queued or running job holds it
   */
  abstract delete(id: string): Promise<boolean>;
}
