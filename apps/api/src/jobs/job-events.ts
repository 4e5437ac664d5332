import { z } from 'zod';
import { jobStates } from './job-state';

/** An event that a type of job may report, by its `type`. */
export type JobEventKinds = Record<
  string,
  {
    schema: z.ZodObject;
    /** Whether there may be thousands of them: of these a few hundred are kept, evenly spread. */
    frequent?: boolean;
  }
>;

const failureSchema = z.object({ code: z.string(), message: z.string() });

/** @param results what jobs make, by type */
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
    result: result.optional().describe('What the job made, by its type'),
  });
}

export type StateEvent = z.output<ReturnType<typeof stateEventSchema<z.ZodType<object>>>>;

/** What is stored of an event, in the form of its type's schema. */
export type JobEventData = StateEvent | { type: Exclude<string, 'state'> };

/** A job's event, numbered from 1 within its job; numbers of frequent events that were thinned out are missing. */
export interface JobEvent {
  seq: number;
  data: JobEventData;
  at: Date;
}

/** Tells whether the event is a change of state. */
export function isStateEvent(data: JobEventData): data is StateEvent {
  return data.type === 'state';
}
