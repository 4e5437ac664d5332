import { z } from 'zod';
import type { Job, Lifecycle } from './job-record';
import type { JobDefinition, JobView } from './job-definition';
import { jobStates } from './job-state';

/** The fields that the API shows of every job. */
const lifecycleSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  name: z
    .string()
    .describe('The model that the job creates or uses, or the number of versions it uses'),
  progress: z.number().min(0).max(1),
  etaSeconds: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.int().describe('Number of times a worker claimed it'),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});

const lifecycleExample = {
  id: '7c1e0f1e-4d0f-4b61-9c39-5f7f5f5b8a10',
  state: 'running',
  progress: 0.3,
  etaSeconds: 75.5,
  error: null,
  attempts: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  startedAt: '2026-01-01T12:00:01.000Z',
  finishedAt: null,
};

/** A job as the API shows it. */
export type JobAnswer = z.output<typeof lifecycleSchema> & { type: string };

/** Returns the schema of a whole job, or of one as lists show it. */
export function answerSchema(definition: JobDefinition, { fields, example }: JobView<never>) {
  const { type, result } = definition;
  const schema = lifecycleSchema
    .extend({ type: z.literal(type), result: result.nullable() })
    .extend(fields);
  if (!example) return schema;
  return schema.meta({ example: { ...lifecycleExample, type, result: null, ...example } });
}

/** Shows a whole job. */
export function viewOf<D extends JobDefinition>(definition: D, job: Job): JobAnswer {
  return shown(job, definition.view);
}

/** Shows a job as lists of the API have it. */
export function summaryOf(definition: JobDefinition, job: Job): JobAnswer {
  return shown(job, definition.summary ?? definition.view);
}

function shown(job: Job, view: JobView<never>): JobAnswer {
  const { type, result } = job;
  return { ...viewOfLifecycle(job), type, result, ...view.of(job as Job<never>) } as JobAnswer;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

function viewOfLifecycle(job: Lifecycle) {
  return {
    id: job.id,
    state: job.state,
    name: job.name,
    progress: job.progress,
    etaSeconds: job.etaSeconds,
    error: job.error,
    attempts: job.attempts,
    createdAt: job.createdAt.toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
  };
}
