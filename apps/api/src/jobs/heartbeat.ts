import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface HeartbeatOptions {
  connectionString: string;
  jobId: string;
  claim: string;
  intervalMs: number;
}

/** 'lost': the claim is gone. 'cancel': somebody asked for the job to stop. */
export type HeartbeatMessage = 'lost' | 'cancel';

/**
 * Keeps a claim alive from a thread of its own: one step of a large model may hold the main thread
 * for longer than a silent job is left alone.
 * @returns stops it
 */
export function startHeartbeat(
  options: HeartbeatOptions,
  onMessage: (message: HeartbeatMessage) => void,
): () => Promise<void> {
  const thread = new Worker(join(__dirname, 'heartbeat.thread.js'), { workerData: options });
  thread.on('message', onMessage);
  // Without its heart a run soon loses its claim; better at once than unawares.
  thread.on('error', () => onMessage('lost'));
  return async () => {
    await thread.terminate();
  };
}

/** How the heart of a running job beats, and when it counts as stopped. */
export interface JobTiming {
  staleAfterMs: number;
  heartbeatMs: number;
  /** How often a worker looks for forgotten jobs. */
  reapMs: number;
  /** A queued job's message is repeated after this time. */
  repeatAfterMs: number;
}

/** Everything follows from how long a silent worker is waited for. */
export function jobTiming(staleSeconds: number): JobTiming {
  const staleAfterMs = staleSeconds * 1000;
  return {
    staleAfterMs,
    heartbeatMs: Math.min(2000, staleAfterMs / 5),
    reapMs: staleAfterMs / 4,
    repeatAfterMs: 2 * staleAfterMs,
  };
}
