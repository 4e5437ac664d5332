import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseAwayError } from './database-away';

const firstPauseMs = 50;
const longestPauseMs = 5000;

export interface Patience {
  /** How long the database may be away. */
  limitMs: number;
  /** Ends the waiting with its reason. */
  signal: AbortSignal;
}

/**
 * Runs work again, after growing pauses, for as long as the database is away. Work whose COMMIT got no answer may have
 * happened: running it twice must be the same as running it once.
 * @throws DatabaseAwayError once the limit has passed, the signal's reason, and whatever else the work throws
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
      // Workers that lost the same database shall not all come back in the same moment.
      await pause(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}
