import { setTimeout as pause } from 'node:timers/promises';
import { TransientError } from './remote-error';

export interface RetryTiming {
  /** Failures in a row without progress. */
  attempts: number;
  /** Wait after the first; it doubles with every further one. */
  firstWaitMs: number;
  /** A server that asks for more is given up. */
  longestWaitMs: number;
}

/**
 * Repeats what fails for the moment, waiting longer each time.
 * @param attempt is told to call `progressed` when it got further than those before it
 * @throws TransientError of the last attempt, whatever else an attempt throws, and the signal's reason
 */
export async function withRetries<T>(
  attempt: (progressed: () => void) => Promise<T>,
  { attempts, firstWaitMs, longestWaitMs }: RetryTiming,
  signal: AbortSignal,
): Promise<T> {
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      failures += 1;
      if (failures >= attempts || error.retryAfterMs > longestWaitMs) throw error;
      // A share by chance, so that many who were cut off together don't come back together.
      const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1) * (1 + Math.random()));
      await pause(Math.max(wait, error.retryAfterMs), undefined, { signal }).catch(() => undefined);
    }
  }
}
