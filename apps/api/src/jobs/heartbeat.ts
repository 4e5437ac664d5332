import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface HeartbeatOptions {
  connectionString: string;
  jobId: string;
  claim: string;
  intervalMs: number;
}

/** 'lost': the claim is gone. 'cancel': a user has cancelled the job. */
export type HeartbeatMessage = 'lost' | 'cancel';

/**
 * Keeps a claim alive from a separate thread, because one step of a large model may block the main thread until the job
 * counts as stale.
 * @returns a function that stops the heartbeat
 */
export function startHeartbeat(
  options: HeartbeatOptions,
  onMessage: (message: HeartbeatMessage) => void,
): () => Promise<void> {
  const thread = new Worker(join(__dirname, 'heartbeat.thread.js'), { workerData: options });
  thread.on('message', onMessage);
  // Without its heartbeat a run soon loses its claim unnoticed, so it ends now.
  thread.on('error', () => onMessage('lost'));
  return async () => {
    await thread.terminate();
  };
}

/** Intervals of heartbeats and reaping. */
export interface JobTiming {
  staleAfterMs: number;
  heartbeatMs: number;
  /** How often a worker looks for stale and forgotten jobs. */
  reapMs: number;
  /** A queued job's message is repeated after this time. */
  repeatAfterMs: number;
}

/** Derives all intervals from the age at which a heartbeat is stale. */
export function jobTiming(staleSeconds: number): JobTiming {
  const staleAfterMs = staleSeconds * 1000;
  return {
    staleAfterMs,
    heartbeatMs: Math.min(2000, staleAfterMs / 5),
    reapMs: staleAfterMs / 4,
    repeatAfterMs: 2 * staleAfterMs,
  };
}
