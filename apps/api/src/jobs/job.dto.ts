import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../platform/lists/newest-first';
import { answerSchemas, unionOf } from '../platform/http/answers';
import { pageQuery } from '../platform/lists/page';
import { eventKinds, type JobDefinitions } from './job-definition';
import { jobStates } from './job-state';
import { answerSchema, type JobAnswer } from './job-view';

/** The bodies that `POST jobs` accepts. */
export const createJob = unionOf<unknown>('CreateJob', 'input');
export const job = unionOf<JobAnswer>('Job');
/** A job as lists show it. */
export const jobSummary = unionOf<JobAnswer>('JobSummary');
/** The events of a job. */
const jobEvent = unionOf<unknown>('JobEvent');
/** Name of the enum of job types in the OpenAPI document. */
export const jobType = 'JobType';

/** Adds the types of job to the OpenAPI document. */
export function describeJobs(definitions: JobDefinitions): void {
  answerSchemas.set(jobType, z.enum(definitions.types));
  for (const definition of definitions.all) {
    const { type, ask, view, summary } = definition;
    const name = pascalCase(type);
    const whole = { name: `${name}Job`, schema: answerSchema(definition, view) };
    job.members[type] = whole;
    jobSummary.members[type] = summary
      ? { name: `${name}JobSummary`, schema: answerSchema(definition, summary) }
      : whole;
    if (ask) createJob.members[type] = { name: `Create${name}`, schema: ask.schema };
  }
  for (const [type, { schema }] of Object.entries(eventKinds(definitions))) {
    jobEvent.members[type] = { name: `${pascalCase(type)}Event`, schema };
  }
}

function pascalCase(kebab: string): string {
  return kebab.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}

const known = () => Object.keys(job.members);

export class JobListQuery extends createZodDto(
  z.strictObject({
    state: z.enum(jobStates).optional().describe('Only jobs in this state'),
    type: z
      .string()
      .refine((type) => known().includes(type), {
        error: () => `must be one of: ${known().join(', ')}`,
      })
      .optional()
      .describe('Only jobs of this type'),
    ...pageQuery(momentSchema(z.uuid())),
  }),
) {}

export class JobParams extends createZodDto(z.object({ id: z.uuid('must be a UUID') })) {}
