import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { unionOf } from '../http/unions';
import { BenchmarkJob, CreateBenchmark } from './benchmark/benchmark.dto';
import { CreateExport, ExportJob } from './export/export.dto';
import { CreateFineTune, FineTuneJob } from './fine-tune/fine-tune.dto';
import { ImportJob } from './import/import.dto';
import { jobStates } from './job-state';

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

export class JobFilter extends createZodDto(
  z.strictObject({ state: z.enum(jobStates).optional().describe('Only jobs in this state') }),
) {}

export class JobParams extends createZodDto(z.object({ id: z.uuid('must be a UUID') })) {}
