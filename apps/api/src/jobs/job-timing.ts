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
