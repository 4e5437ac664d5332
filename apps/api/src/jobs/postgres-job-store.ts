import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database, violatesForeignKey } from '../platform/database/database';
import { type Moment, newestFirst } from '../platform/database/newest-first';
import { DomainError } from '../platform/errors/domain-error';
import { mapPage, type Page, type PageQuery } from '../platform/http/page';
import type { Wake } from '../platform/queue/job-queue';
import { newJob } from './job';
import { JobEntity, JobEventEntity } from './job.entity';
import { isTerminal } from './job-state';
import {
  JobStore,
  type Changed,
  type Decide,
  type JobEvent,
  type JobFilter,
  type Once,
} from './job-store';
import type { Job, JobEventData, JobOf, JobType, Lifecycle, NewJob, StateEvent } from './job-types';

/** Postgres tells whoever listens here the id of a job that has new events. */
export const jobChannel = 'coatrack_job';

/** Steps of a job that are kept, as many as a chart needs. */
const stepsKept = 200;

/** Steps are thinned out each time that a job has this many more events. */
const thinEvery = 500;

const queued: StateEvent = { type: 'state', state: 'queued', attempt: 0 };

const lightRequest = `CASE WHEN json_typeof(job.request -> 'labels') = 'array'
  THEN jsonb_set(job.request::jsonb, '{labels}', 'null')::json ELSE job.request END`;

const lightStatus = `CASE WHEN json_array_length(job.status -> 'history') > 1
  THEN jsonb_set(job.status::jsonb, '{history}', jsonb_build_array(job.status #> '{history,-1}'))::json
  ELSE job.status END`;

@Injectable()
export class PostgresJobStore extends JobStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(asked: NewJob): Promise<Job> {
    try {
      return await this.insertRow(asked);
    } catch (error) {
      if (!violatesForeignKey(error)) throw error;
      throw new DomainError(
        'INVALID_REQUEST',
        'The dataset or the version that the job needs was deleted in this moment.',
      );
    }
  }

  private insertRow(asked: NewJob): Promise<Job> {
    return this.database.transaction(async () => {
      const now = await this.clock();
      const job: JobEntity = {
        ...newJob(asked, randomUUID(), now),
        enqueuedAt: now,
        lastSeq: 1,
        lastChange: null,
      };
      await this.database.manager.insert(JobEntity, job);
      await this.append({ id: job.id, lastSeq: 0 }, [queued], now);
      return jobOf(job);
    });
  }

  async find(id: string): Promise<Job | null> {
    const row = await this.database.manager.findOneBy(JobEntity, { id });
    return row && jobOf(row);
  }

  async list({ state, type }: JobFilter, page: PageQuery<Moment>): Promise<Page<Job>> {
    const query = this.database.manager.createQueryBuilder(JobEntity, 'job');
    const columns = query.expressionMap
      .mainAlias!.metadata.columns.map(({ propertyName }) => propertyName)
      .filter((name) => name !== 'request' && name !== 'status');
    query
      .select(columns.map((name) => `job.${name}`))
      .addSelect(lightRequest, 'request')
      .addSelect(lightStatus, 'status')
      .where({});
    if (state) query.andWhere({ state });
    if (type) query.andWhere({ type });
    const rows = await newestFirst(query, page);
    return mapPage(rows, ({ entity, raw: { request, status } }) =>
      jobOf({ ...entity, request, status } as JobEntity),
    );
  }

  change<T extends JobType>(
    id: string,
    decide: Decide<T>,
    once?: Once<T>,
  ): Promise<Changed<T> | null> {
    return this.database.transaction(async () => {
      const row = await this.database.manager.findOne(JobEntity, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row) return null;
      const found = row as Lifecycle as JobOf<T>;
      if (once && row.lastChange === once.id) return { before: once.before ?? found, after: found };
      if (once) once.before = found;
      const now = await this.clock();
      const change = await decide(found, now);
      if (!change) return { before: found, after: found };
      const { fields, events } = change;
      // One update: a second one of the same row would check its foreign keys, and wait for the rows they refer to.
      await this.database.manager.update(
        JobEntity,
        { id },
        {
          ...fields,
          lastSeq: row.lastSeq + events.length,
          lastChange: once?.id ?? row.lastChange,
        },
      );
      await this.append(row, events, now);
      const lastSeq = row.lastSeq + events.length;
      const due = Math.floor(lastSeq / thinEvery) > Math.floor(row.lastSeq / thinEvery);
      if (due || (fields.state && isTerminal(fields.state))) await this.thin(id, lastSeq);
      return { before: found, after: { ...found, ...fields } };
    });
  }

  /** A heart that beats into an absent database is not silent: the time of an absence doesn't count. */
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

  findOfWorkers(workers: readonly string[]): Promise<string[]> {
    return this.ids(`SELECT id FROM jobs WHERE state = 'running' AND worker = ANY ($1)`, workers);
  }

  findOutdated(keptMs: number): Promise<string[]> {
    return this.ids(
      `SELECT id FROM jobs
       WHERE checkpoint_blob IS NOT NULL AND state = 'failed'
         AND finished_at < clock_timestamp() - $1 * interval '1 millisecond'`,
      keptMs,
    );
  }

  events(id: string, after: number, limit: number): Promise<JobEvent[]> {
    return this.database.manager.find(JobEventEntity, {
      where: { jobId: id, seq: MoreThan(after) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  async delete(id: string): Promise<Job | null> {
    return this.database.transaction(async () => {
      const row = await this.database.manager.findOne(JobEntity, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row) return null;
      if (!isTerminal(row.state)) {
        throw new DomainError('JOB_UNFINISHED', `Job ${id} is ${row.state}: cancel it first.`);
      }
      await this.database.manager.delete(JobEntity, { id });
      return jobOf(row);
    });
  }

  findEnded(days: number): Promise<string[]> {
    return this.ids(
      `SELECT id FROM jobs WHERE finished_at < clock_timestamp() - make_interval(days => $1)
       ORDER BY finished_at LIMIT 1000`,
      days,
    );
  }

  /**
   * Deletes steps until at most `stepsKept` are left, evenly spread: of each stretch of a power of two events the first,
   * so that thinning again gives the same as thinning once.
   */
  private async thin(id: string, lastSeq: number): Promise<void> {
    const stretch = 2 ** Math.ceil(Math.log2(Math.max(lastSeq / stepsKept, 1)));
    if (stretch === 1) return;
    await this.database.manager.query(
      `DELETE FROM job_events e
       WHERE job_id = $1 AND type IN ('step', 'progress') AND seq < $2 AND EXISTS (
         SELECT 1 FROM job_events kept
         WHERE kept.job_id = $1 AND kept.type IN ('step', 'progress')
           AND kept.seq >= e.seq - e.seq % $3 AND kept.seq < e.seq)`,
      [id, lastSeq, stretch],
    );
  }

  private async ids(query: string, parameter: unknown): Promise<string[]> {
    const rows = await this.database.manager.query<{ id: string }[]>(query, [parameter]);
    return rows.map(({ id }) => id);
  }

  /** The database's time, read after any lock was waited for. */
  private async clock(): Promise<Date> {
    const [row] = await this.database.manager.query<{ now: Date }[]>(
      'SELECT clock_timestamp() AS now',
    );
    return row!.now;
  }

  /**
   * The job's row is locked or new, so that the numbers neither collide nor have gaps.
   * @param job lastSeq: of the event before these
   */
  private async append(
    job: Pick<JobEntity, 'id' | 'lastSeq'>,
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
  }
}

/** What a row's type says its contents are: the insertion put both in together. */
function jobOf(row: JobEntity): Job {
  return row as Job;
}
