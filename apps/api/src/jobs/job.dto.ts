import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../platform/database/newest-first';
import { pageQuery } from '../platform/http/page';
import { unionOf } from '../platform/http/unions';
import { BenchmarkJob, BenchmarkJobSummary, CreateBenchmark } from '../comparison/benchmark.dto';
import { CreateExport, ExportJob } from '../registry/exports/export.dto';
import { CreateFineTune, FineTuneJob, FineTuneJobSummary } from '../training/fine-tune.dto';
import { ImportJob } from '../registry/import/import.dto';
import { jobStates } from './job-state';
import type { JobType } from './job-types';

/** What can be asked for at `POST jobs`. */
export const createJob = unionOf<CreateFineTune | CreateExport | CreateBenchmark>('CreateJob', {
  'fine-tune': CreateFineTune,
  export: CreateExport,
  benchmark: CreateBenchmark,
});

export type Job = FineTuneJob | ExportJob | ImportJob | BenchmarkJob;
export const job = unionOf<Job>('Job', {
  'fine-tune': FineTuneJob,
  export: ExportJob,
  import: ImportJob,
  benchmark: BenchmarkJob,
});

/** A job as lists show it. */
export type JobSummary = FineTuneJobSummary | ExportJob | ImportJob | BenchmarkJobSummary;
export const jobSummary = unionOf<JobSummary>('JobSummary', {
  'fine-tune': FineTuneJobSummary,
  export: ExportJob,
  import: ImportJob,
  benchmark: BenchmarkJobSummary,
});

const types = Object.keys(job.members) as JobType[];

export class JobListQuery extends createZodDto(
  z.strictObject({
    state: z.enum(jobStates).optional().describe('Only jobs in this state'),
    type: z.enum(types).optional().describe('Only jobs of this type'),
    ...pageQuery(momentSchema(z.uuid())),
  }),
) {}

export class JobParams extends createZodDto(z.object({ id: z.uuid('must be a UUID') })) {}
