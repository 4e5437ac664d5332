import { z } from 'zod';
import { jobStates } from './job-state';

/** The events that a type of job may report, by `type`. */
export type JobEventKinds = Record<
  string,
  {
    schema: z.ZodObject;
    /** Whether there may be thousands of them, of which a few hundred are kept, evenly spread. */
    frequent?: boolean;
  }
>;

const failureSchema = z.object({ code: z.string(), message: z.string() });

/** @param result schema of the jobs' results, by type */
export function stateEventSchema<R extends z.ZodType>(result: R) {
  return z.object({
    type: z.literal('state'),
    state: z.enum(jobStates),
    attempt: z.int(),
    resumedFromEpoch: z
      .int()
      .optional()
      .describe('The last epoch that a resumed training need not repeat'),
    error: failureSchema.optional(),
    result: result.optional().describe('Result of the job, by its type'),
  });
}

export type StateEvent = z.output<ReturnType<typeof stateEventSchema<z.ZodType<object>>>>;

/** The stored data of an event, as its type's schema defines it. */
export type JobEventData = StateEvent | { type: Exclude<string, 'state'> };

/** A job's event. Numbers start at 1 per job; those of frequent events that were thinned out are missing. */
export interface JobEvent {
  seq: number;
  data: JobEventData;
  at: Date;
}

/** Returns whether the event is a change of state. */
export function isStateEvent(data: JobEventData): data is StateEvent {
  return data.type === 'state';
}
