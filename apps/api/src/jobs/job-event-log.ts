import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database } from '../platform/database/database';
import { JobEventEntity } from './job.entity';
import { eventKinds, JobDefinitions } from './job-definition';
import type { JobEvent, JobEventData } from './job-events';

/** Postgres channel that announces the ids of jobs with new events. */
export const jobChannel = 'coatrack_job';

/** Number of frequent events to keep per job, enough for a chart. */
const frequentKept = 200;

/** Number of new events of a job after which its frequent events are thinned out. */
const thinEvery = 500;

/** Stores the events of jobs. */
@Injectable()
export class JobEventLog {
  private readonly frequent: string[];

  constructor(
    private readonly database: Database,
    definitions: JobDefinitions,
  ) {
    const kinds = Object.entries(eventKinds(definitions));
    this.frequent = kinds.flatMap(([type, { frequent }]) => (frequent ? type : []));
  }

  /** Returns events with a higher number than `after`, in order. */
  read(job: string, after: number, limit: number): Promise<JobEvent[]> {
    return this.database.manager.find(JobEventEntity, {
      where: { jobId: job, seq: MoreThan(after) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  /**
   * Appends events to a job whose row is locked or new, so that the numbers neither collide nor have gaps.
   * @param job lastSeq is the number of the previous event
   */
  async append(
    job: { id: string; lastSeq: number; ends: boolean },
    events: JobEventData[],
    at: Date,
  ): Promise<void> {
    if (events.length === 0) return;
    const { manager } = this.database;
    await manager.insert(
      JobEventEntity,
      events.map((data, index) => ({
        jobId: job.id,
        seq: job.lastSeq + 1 + index,
        type: data.type,
        data,
        at,
      })),
    );
    await manager.query('SELECT pg_notify($1, $2)', [jobChannel, job.id]);
    const lastSeq = job.lastSeq + events.length;
    const due = Math.floor(lastSeq / thinEvery) > Math.floor(job.lastSeq / thinEvery);
    if (due || job.ends) await this.thin(job.id, lastSeq);
  }

  /**
   * Deletes frequent events until at most `frequentKept` are left, evenly spread: it keeps the first of each run of a power
   * of two events, so that thinning twice gives the same as thinning once.
   */
  private async thin(id: string, lastSeq: number): Promise<void> {
    const stretch = 2 ** Math.ceil(Math.log2(Math.max(lastSeq / frequentKept, 1)));
    if (stretch === 1) return;
    await this.database.manager.query(
      `DELETE FROM job_events e
       WHERE job_id = $1 AND type = ANY($4) AND seq < $2 AND EXISTS (
         SELECT 1 FROM job_events kept
         WHERE kept.job_id = $1 AND kept.type = ANY($4)
           AND kept.seq >= e.seq - e.seq % $3 AND kept.seq < e.seq)`,
      [id, lastSeq, stretch, this.frequent],
    );
  }
}
