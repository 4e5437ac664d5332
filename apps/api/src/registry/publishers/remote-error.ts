import { setTimeout as pause } from 'node:timers/promises';

/** What went wrong with something far away; the code is its source's name and one of these. */
export type RemoteProblem =
  | 'NOT_FOUND'
  | 'REPOSITORY_NOT_FOUND'
  | 'REVISION_NOT_FOUND'
  | 'GATED'
  | 'NO_WEIGHTS'
  | 'CHANGED'
  | 'CORRUPT'
  | 'TOO_LARGE'
  | 'INVALID_ANSWER'
  | 'INVALID_CONFIG'
  | 'UNREACHABLE';

/** `HUB`: the Hugging Face Hub. `CHECKPOINT`: the host of one of the catalogue's files. */
export type RemoteSource = 'HUB' | 'CHECKPOINT';

/** A failure that an immediate retry would not fix; its message is meant for users. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: `${RemoteSource}_${RemoteProblem}`;

  constructor(source: RemoteSource, problem: RemoteProblem, message: string) {
    super(message);
    this.code = `${source}_${problem}`;
  }
}

/** A failure that may pass: a lost connection, a busy server. */
export class TransientError extends Error {
  override readonly name = 'TransientError';

  /** @param retryAfterMs how long the server asks to be left alone */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

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
 * @param attempt calls `progressed` when it got further than the attempts before it
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

/** Parses a text of a remote host; returns undefined where it is not JSON. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
