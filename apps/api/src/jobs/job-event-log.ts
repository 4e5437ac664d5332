import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database } from '../platform/database/database';
import { JobEventEntity } from './job.entity';
import { eventKinds, JobDefinitions } from './job-definition';
import type { JobEvent, JobEventData } from './job-events';

/** Postgres notifies listeners here of the id of a job that has new events. */
export const jobChannel = 'coatrack_job';

/** Frequent events of a job that are kept, as many as a chart needs. */
const frequentKept = 200;

/** Frequent events are thinned out each time that a job has this many more events. */
const thinEvery = 500;

/** Keeps what happened to jobs. */
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

  /** Returns events in order, those with a higher number than `after`. */
  read(job: string, after: number, limit: number): Promise<JobEvent[]> {
    return this.database.manager.find(JobEventEntity, {
      where: { jobId: job, seq: MoreThan(after) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  /**
   * Appends events to a job whose row is locked or new, so that the numbers neither collide nor have gaps.
   * @param job lastSeq: of the event before these
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
   * Deletes frequent events until at most `frequentKept` are left, evenly spread: of each stretch of a power of two events
   * the first, so that thinning again gives the same as thinning once.
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
