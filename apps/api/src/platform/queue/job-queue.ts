/**
 * Wakes a worker with the id of a job. Messages are only hints: the job's row decides whether there is anything to do, so
 * a message may arrive twice, late or (until the reaper repeats it) not at all.
 */
export abstract class JobQueue {
  /** Adds a message. Waiting messages for the same attempt at the same job are merged. */
  abstract enqueue(wake: Wake): Promise<void>;

  /** Calls the handler with one id at a time, until stopped. The handler must not reject. */
  abstract consume(handler: (jobId: string) => Promise<void>): Promise<void>;

  /** Stops taking messages; resolves once the handler's current call, if any, has ended. */
  abstract stop(): Promise<void>;

  abstract close(): Promise<void>;
}

export interface Wake {
  id: string;
  /** Number of times that the job was claimed. */
  attempts: number;
}

export function wakeKey({ id, attempts }: Wake): string {
  return `${id}-${attempts}`;
}

export const queueName = 'jobs';
