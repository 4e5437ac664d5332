import type { Database } from '../platform/database/database';
import { DatabaseAwayError, inTime } from '../platform/database/database-away';
import type { Metrics } from '../platform/observability/metrics';
import { jobStates } from './job-state';

/** Adds a gauge of the jobs in each state, counted when the metrics are collected. */
export function addJobGauge(metrics: Metrics, database: Database): void {
  metrics.gauge('coatrack_jobs', 'Jobs by state', ['state'], async (jobs) => {
    const query = 'SELECT state, count(*)::integer AS count FROM jobs GROUP BY state';
    const asked: Promise<{ state: string; count: number }[]> = database.manager.query(query);
    // Other metrics don't need the database, so only this one is missing while it is away.
    const rows = await inTime(asked).catch((error: Error) => {
      if (error instanceof DatabaseAwayError) return undefined;
      throw error;
    });
    if (!rows) return;
    for (const state of jobStates) jobs.set({ state }, 0);
    for (const { state, count } of rows) jobs.set({ state }, count);
  });
}
