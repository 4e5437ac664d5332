import { cancelled } from '../../platform/errors/domain-error';
import { deadlineExceeded } from '../serving-errors';

/** How long to wait, and when to stop. */
export interface Waiter {
  signal?: AbortSignal;
  /** In ms on the clock of performance.now(). */
  deadline?: number;
}

/**
 * Waits for a promise whose work continues regardless of its waiters.
 * @throws DomainError DEADLINE_EXCEEDED, CANCELLED
 */
export function waitFor<T>(promise: Promise<T>, { signal, deadline }: Waiter): Promise<T> {
  if (signal?.aborted) {
    // The work has started all the same, and its failure would be an unhandled rejection.
    promise.catch(() => undefined);
    return Promise.reject(cancelled());
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(cancelled());
    signal?.addEventListener('abort', onAbort);
    const timer =
      deadline === undefined
        ? undefined
        : setTimeout(() => reject(deadlineExceeded()), deadline - performance.now());
    promise.then(resolve, reject).finally(() => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    });
  });
}

/** Runs at most a given number of tasks at once; the order of the others is not defined. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(task: () => Promise<T>): Promise<T> {
    while (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.free--;
    try {
      return await task();
    } finally {
      this.free++;
      this.waiting.shift()?.();
    }
  }
}
