import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database';
import type { Wake } from '../platform/queue/job-queue';

/** Finds the jobs that need attention, whatever their type. All ages are by the database's clock. */
@Injectable()
export class JobSweep {
  constructor(private readonly database: Database) {}

  /**
   * Finds jobs that no worker runs and whose message may be lost, and marks them as enqueued now. The time during which the
   * database was away doesn't count as silence of a worker.
   */
  async takeForgotten(limits: { staleAfterMs: number; repeatAfterMs: number }): Promise<Wake[]> {
    const [rows] = await this.database.manager.query<[Wake[], number]>(
      `UPDATE jobs SET enqueued_at = clock_timestamp()
       WHERE (state = 'queued' AND enqueued_at <= clock_timestamp() - $2 * interval '1 millisecond')
          OR (state = 'running' AND greatest(heartbeat_at, pg_postmaster_start_time())
                < clock_timestamp() - $1 * interval '1 millisecond')
       RETURNING id, attempts`,
      [limits.staleAfterMs, limits.repeatAfterMs],
    );
    return rows;
  }

  /** Finds the jobs that these workers run, or ran when they died. */
  findOfWorkers(workers: readonly string[]): Promise<string[]> {
    return this.ids(`SELECT id FROM jobs WHERE state = 'running' AND worker = ANY ($1)`, workers);
  }

  /** Finds failed jobs that ended this long ago and still have a checkpoint. */
  findOutdated(keptMs: number): Promise<string[]> {
    return this.ids(
      `SELECT id FROM jobs
       WHERE checkpoint_blob IS NOT NULL AND state = 'failed'
         AND finished_at < clock_timestamp() - $1 * interval '1 millisecond'`,
      keptMs,
    );
  }

  /** Finds jobs that ended at least this many days ago, up to a thousand of them. */
  findEnded(days: number): Promise<string[]> {
    return this.ids(
      `SELECT id FROM jobs WHERE finished_at < clock_timestamp() - make_interval(days => $1)
       ORDER BY finished_at LIMIT 1000`,
      days,
    );
  }

  private async ids(query: string, parameter: unknown): Promise<string[]> {
    const rows = await this.database.manager.query<{ id: string }[]>(query, [parameter]);
    return rows.map(({ id }) => id);
  }
}
