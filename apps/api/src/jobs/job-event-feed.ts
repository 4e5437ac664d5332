import { isTerminal } from './job-state';
import type { JobNotifications } from './job-notifications';
import type { JobEvent, JobStore } from './job-store';

const pageSize = 500;

/** How long a missed notification can delay an event. */
const lookAgainMs = 5000;

/**
 * A job's events after a number, first those that happened, then live, until its terminal state or
 * the signal's abort. `idle` says that nothing came for a while.
 */
export async function* followEvents(
  source: { store: JobStore; notifications: JobNotifications },
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
      const page = await source.store.events(jobId, last, pageSize);
      for (const event of page) {
        last = event.seq;
        yield event;
        if (event.data.type === 'state' && isTerminal(event.data.state)) return;
      }
      if (page.length === pageSize) continue;
      if (signal.aborted || (await bell.wait(lookAgainMs))) continue;
      // Whoever asks from beyond the last event would otherwise wait for ever.
      const job = await source.store.find(jobId);
      if (page.length === 0 && (!job || isTerminal(job.state))) return;
      yield 'idle';
    }
  } finally {
    signal.removeEventListener('abort', stop);
    unsubscribe();
  }
}

/** Remembers one ring until it is waited for. */
class Bell {
  private rung = false;
  private wake?: () => void;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** False when the time passed without a ring. */
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
