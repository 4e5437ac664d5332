import type { Precision } from '@coatrack/models';
import type { ArtifactFormat } from './artifact';
import type { JobKind } from '../../jobs/job-kinds';
import type { JobOf, ModelReference } from '../../jobs/job-types';
import { repeatedWork } from '../../jobs/work-status';

export interface ExportRequest {
  /** What is exported. */
  version: ModelReference;
  format: ArtifactFormat;
  precision: Precision;
}

export interface ExportResult extends ModelReference {
  /** Id of the artifact. */
  artifact: string;
}

export type ExportJob = JobOf<'export'>;

export const exportKind: JobKind<'export'> = { ...repeatedWork, noun: 'export' };
