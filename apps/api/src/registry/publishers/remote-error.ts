import { setTimeout as pause } from 'node:timers/promises';

/** Kinds of remote failures; an error code consists of the source's name and one of these. */
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

/** A temporary failure: a lost connection, a busy server. */
export class TransientError extends Error {
  override readonly name = 'TransientError';

  /** @param retryAfterMs the wait that the server asks for */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

export interface RetryTiming {
  /** Maximum number of failures in a row without progress. */
  attempts: number;
  /** Wait after the first failure; it doubles with every further one. */
  firstWaitMs: number;
  /** Longest wait; no further attempt is made if the server asks for more. */
  longestWaitMs: number;
}

/**
 * Repeats temporary failures, waiting longer each time.
 * @param attempt calls `progressed` when it gets further than earlier attempts
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
      // With a random share, so that clients that were cut off together don't all return at once.
      const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1) * (1 + Math.random()));
      await pause(Math.max(wait, error.retryAfterMs), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Parses a remote host's text; returns undefined if it is not JSON. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
