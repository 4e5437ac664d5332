import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseAwayError } from './database-away';

const firstPauseMs = 50;
const longestPauseMs = 5000;

export interface Patience {
  /** Maximum time to wait for the database. */
  limitMs: number;
  /** Ends the wait with the signal's reason. */
  signal: AbortSignal;
}

/**
 * Repeats work, with growing pauses, as long as the database is away. If a COMMIT got no answer the work may have been
 * done, so it must be idempotent.
 * @throws DatabaseAwayError after the limit, the signal's reason, and whatever else the work throws
 */
export async function retryWhileAway<T>(
  work: () => Promise<T>,
  { limitMs, signal }: Patience,
): Promise<T> {
  const started = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseAwayError)) throw error;
      if (performance.now() - started + pauseMs > limitMs) throw error;
      // Random, so that workers that lost the same database don't all come back at once.
      await pause(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}
