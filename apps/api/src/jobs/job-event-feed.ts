import { DomainError } from '../platform/errors/domain-error';
import { isTerminal } from './job-state';
import type { JobNotifications } from './job-notifications';
import type { JobEventLog } from './job-event-log';
import { isStateEvent, type JobEvent } from './job-events';
import type { JobRepository } from './job-repository';

const pageSize = 500;

/** Polling interval, which limits the delay of an event after a missed notification. */
const lookAgainMs = 5000;

/**
 * Yields a job's events after a number, first the past ones, then live, until its terminal state or the signal's abort.
 * `idle` means that there were no events for a while.
 */
export async function* followEvents(
  source: { jobs: JobRepository; log: JobEventLog; notifications: JobNotifications },
  jobId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<JobEvent | 'idle'> {
  const bell = new Bell();
  const unsubscribe = source.notifications.subscribe(jobId, () => bell.ring());
  const stop = () => bell.ring();
  signal.addEventListener('abort', stop);
  try {
    let last = after;
    while (!signal.aborted) {
      const page = await source.log.read(jobId, last, pageSize);
      for (const event of page) {
        last = event.seq;
        yield event;
        if (isStateEvent(event.data) && isTerminal(event.data.state)) return;
      }
      if (page.length === pageSize) continue;
      if (signal.aborted || (await bell.wait(lookAgainMs))) continue;
      // A reader that starts after the last event would otherwise wait forever.
      if (page.length === 0 && (await hasEnded(source.jobs, jobId))) return;
      yield 'idle';
    }
  } finally {
    signal.removeEventListener('abort', stop);
    unsubscribe();
  }
}

/** Returns whether a job has ended or was deleted. */
async function hasEnded(jobs: JobRepository, id: string): Promise<boolean> {
  try {
    return isTerminal((await jobs.find(id)).state);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'JOB_NOT_FOUND') return true;
    throw error;
  }
}

/** Remembers one ring until the next wait. */
class Bell {
  private rung = false;
  private wake?: () => void;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Waits for a ring; returns false after the time without one. */
  async wait(ms: number): Promise<boolean> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    const rung = this.rung;
    this.rung = false;
    return rung;
  }
}
