import type { JobKind } from '../jobs/job-kinds';
import type { JobOf, ModelReference } from '../jobs/job-types';
import { repeatedWork } from '../jobs/work-status';

/** A version and the sizes of pictures that it is measured with. */
export interface BenchmarkSubject extends ModelReference {
  imageSizes: number[];
}

export interface BenchmarkRequest {
  versions: BenchmarkSubject[];
  batchSizes: number[];
  /** How long each setting is looked at. */
  secondsPerSetting: number;
}

/** A version that could not be measured with pictures of a size. */
export interface BenchmarkFailure extends ModelReference {
  imageSize: number;
  reason: string;
}

export interface BenchmarkResult {
  /** Settings that were measured. */
  measured: number;
  failures: BenchmarkFailure[];
}

export type BenchmarkJob = JobOf<'benchmark'>;

export const benchmarkKind: JobKind<'benchmark'> = { ...repeatedWork, noun: 'benchmark' };
