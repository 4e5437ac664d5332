import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { unionOf } from '../http/unions';
import { CreateFineTune, FineTuneJob } from './fine-tune/fine-tune.dto';
import { jobStates } from './job-state';

/** What can be asked for at `POST jobs`. */
export const createJob = unionOf('CreateJob', { 'fine-tune': CreateFineTune });

export const job = unionOf('Job', { 'fine-tune': FineTuneJob });
export type Job = FineTuneJob;

export class JobFilter extends createZodDto(
  z.strictObject({ state: z.enum(jobStates).optional().describe('Only jobs in this state') }),
) {}

export class JobParams extends createZodDto(z.object({ id: z.uuid('must be a UUID') })) {}
