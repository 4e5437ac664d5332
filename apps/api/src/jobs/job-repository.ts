import { randomUUID } from 'node:crypto';
import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import type { StagedBlob } from '../platform/blobs/blob-store';
import { Blobs } from '../platform/blobs/blobs';
import { Database, violatesForeignKey } from '../platform/database/database';
import { DatabaseAwayError } from '../platform/database/database-away';
import { type Moment, newestFirst } from '../platform/lists/newest-first';
import { DomainError } from '../platform/errors/domain-error';
import { mapPage, type Page, type PageQuery } from '../platform/lists/page';
import type { Job, JobChange, JobShape } from './job-record';
import { newJob } from './job';
import { JobEntity } from './job.entity';
import { type Asked, type DefinitionOf, JobDefinitions, type JobNeed } from './job-definition';
import { JobEventLog } from './job-event-log';
import { lightColumn } from './light-columns';
import { isTerminal, type JobState } from './job-state';

/** Runs with the row locked, in a transaction: what it stores and what it returns are committed together. */
export type Decide<S extends JobShape = JobShape> = (
  definition: DefinitionOf<S>,
  job: Job<S>,
  now: Date,
) => JobChange<S> | null | Promise<JobChange<S> | null>;

export interface Changed<S extends JobShape = JobShape> {
  before: Job<S>;
  after: Job<S>;
}

/**
 * A change that is made only once, however often it is retried: a COMMIT whose answer was lost may have succeeded. Only the
 * run that holds the job's claim makes such changes.
 */
export class Once<S extends JobShape = JobShape> {
  readonly id = randomUUID();
  /** The job before the change, from the latest attempt. */
  before?: Job<S>;
}

/** Stores jobs. All times come from the database's clock, never from a worker's. */
@Injectable()
export class JobRepository implements OnModuleInit {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly database: Database,
    private readonly blobs: Blobs,
    private readonly definitions: JobDefinitions,
    private readonly events: JobEventLog,
  ) {}

  /** @throws Error if a stored job has a type that this version doesn't know, and so could neither show nor run */
  async onModuleInit(): Promise<void> {
    const [stranger] = await this.database.manager.query<{ id: string; type: string }[]>(
      `SELECT id, type FROM jobs WHERE type <> ALL ($1) LIMIT 1`,
      [this.definitions.types],
    );
    if (!stranger) return;
    throw new Error(
      `Job ${stranger.id} has the type "${stranger.type}", which this version of Coatrack doesn't know. ` +
        'Start the version that created it, or delete the job there.',
    );
  }

  /** @throws DomainError INVALID_REQUEST when something that the job needs has just been deleted */
  async insert<S extends JobShape>(
    definition: DefinitionOf<S>,
    asked: Asked<S['request']>,
  ): Promise<Job<S>> {
    try {
      return await this.database.transaction(() => this.insertRow(definition, asked));
    } catch (error) {
      if (!violatesForeignKey(error)) throw error;
      throw new DomainError(
        'INVALID_REQUEST',
        'The dataset or version that this job needs has just been deleted.',
      );
    }
  }

  private async insertRow<S extends JobShape>(
    definition: DefinitionOf<S>,
    asked: Asked<S['request']>,
  ): Promise<Job<S>> {
    const now = await this.clock();
    const job = newJob(definition, asked, randomUUID(), now);
    await this.database.manager.insert(JobEntity, {
      ...job,
      checkpointBlob: definition.checkpointBlob(job.status),
      enqueuedAt: now,
      lastSeq: 1,
      lastChange: null,
    } as JobEntity);
    for (const need of definition.needs(job.request)) await this.need(job.id, need);
    const event = { type: 'state', state: 'queued', attempt: 0 } as const;
    await this.events.append({ id: job.id, lastSeq: 0, ends: false }, [event], now);
    return job;
  }

  private async need(job: string, need: JobNeed): Promise<void> {
    const { dataset, model, version } = { dataset: null, model: null, version: null, ...need };
    await this.database.manager.query(
      `INSERT INTO job_needs (job_id, dataset_id, model, version) VALUES ($1, $2, $3, $4)`,
      [job, dataset, model, version],
    );
  }

  /** @throws DomainError JOB_NOT_FOUND */
  async find(id: string): Promise<Job> {
    const row = await this.database.manager.findOneBy(JobEntity, { id });
    if (!row) throw jobNotFound(id);
    return row;
  }

  /** Lists jobs, newest first, without what their definitions call bulk. */
  async list(
    { state, type }: { state?: JobState; type?: string },
    page: PageQuery<Moment>,
  ): Promise<Page<Job>> {
    const query = this.database.manager.createQueryBuilder(JobEntity, 'job');
    const json = ['request', 'status', 'result'] as const;
    const columns = query.expressionMap
      .mainAlias!.metadata.columns.map(({ propertyName }) => propertyName)
      .filter((name) => !json.some((column) => column === name));
    query.select(columns.map((name) => `job.${name}`)).where({});
    for (const column of json) query.addSelect(lightColumn(this.definitions, column), column);
    if (state) query.andWhere({ state });
    if (type) query.andWhere({ type });
    const rows = await newestFirst(query, page);
    return mapPage(rows, ({ entity, raw: { request, status, result } }) => {
      return { ...entity, request, status, result };
    });
  }

  /**
   * Changes a job; a change that was already committed is not repeated. Removes a checkpoint that the job no longer refers
   * to.
   * @throws DomainError JOB_NOT_FOUND, and whatever `decide` throws
   */
  async change<S extends JobShape>(
    id: string,
    decide: Decide<S>,
    once?: Once<S>,
  ): Promise<Changed<S>> {
    const changed = await this.database.transaction(() => this.changeRow(id, decide, once));
    await this.collectSuperseded(changed);
    return changed;
  }

  /**
   * Like `change`, and stores these bytes as the job's checkpoint. The caller must discard the staged bytes in the end: they
   * remain while the database is away, so that the change can be retried.
   */
  async keepCheckpoint<S extends JobShape>(
    id: string,
    staged: StagedBlob,
    decide: Decide<S>,
    once?: Once<S>,
  ): Promise<void> {
    try {
      const changed = await this.database.transaction(() =>
        this.blobs.keep(staged, () => this.changeRow(id, decide, once)),
      );
      await this.collectSuperseded(changed);
    } catch (error) {
      if (!(error instanceof DatabaseAwayError)) await this.blobs.collect(staged.sha256);
      throw error;
    }
  }

  private async changeRow<S extends JobShape>(
    id: string,
    decide: Decide<S>,
    once?: Once<S>,
  ): Promise<Changed<S>> {
    const row = await this.locked(id);
    const found = row as Job<S>;
    if (once && row.lastChange === once.id) return { before: once.before ?? found, after: found };
    if (once) once.before = found;
    const now = await this.clock();
    const definition = this.definitions.of(found);
    const change = await decide(definition, found, now);
    if (!change) return { before: found, after: found };
    const { fields, events } = change;
    const after = { ...found, ...fields };
    const ends = isTerminal(after.state);
    // A single update: a second one of the same row would check its foreign keys and wait for locks on the rows they refer
    // to.
    await this.database.manager.update(JobEntity, { id }, {
      ...fields,
      checkpointBlob: definition.checkpointBlob(after.status),
      lastSeq: row.lastSeq + events.length,
      lastChange: once?.id ?? row.lastChange,
    } as Partial<JobEntity>);
    if (ends) await this.database.manager.query(`DELETE FROM job_needs WHERE job_id = $1`, [id]);
    await this.events.append({ id, lastSeq: row.lastSeq, ends }, events, now);
    return { before: found, after };
  }

  /**
   * Deletes an ended job with its events and its checkpoint, but keeps its results.
   * @throws DomainError JOB_NOT_FOUND, JOB_UNFINISHED
   */
  async delete(id: string): Promise<void> {
    const { checkpointBlob } = await this.database.transaction(async () => {
      const row = await this.locked(id);
      if (!isTerminal(row.state)) {
        throw new DomainError('JOB_UNFINISHED', `Job ${id} is ${row.state}: cancel it first.`);
      }
      await this.database.manager.delete(JobEntity, { id });
      return row;
    });
    if (checkpointBlob) await this.blobs.collect(checkpointBlob);
  }

  private async locked(id: string): Promise<JobEntity> {
    const row = await this.database.manager.findOne(JobEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row) throw jobNotFound(id);
    return row;
  }

  private async collectSuperseded<S extends JobShape>({ before, after }: Changed<S>) {
    const { checkpointBlob } = this.definitions.of(before);
    const superseded = checkpointBlob(before.status);
    if (!superseded || superseded === checkpointBlob(after.status)) return;
    await this.blobs.collect(superseded).catch((error: Error) => {
      this.logger.warn(`An old checkpoint could not be removed yet: ${error.message}`);
    });
  }

  /** Returns the database's time, read after the lock was granted. */
  private async clock(): Promise<Date> {
    const [row] = await this.database.manager.query<{ now: Date }[]>(
      'SELECT clock_timestamp() AS now',
    );
    return row!.now;
  }
}

function jobNotFound(id: string): DomainError {
  return new DomainError('JOB_NOT_FOUND', `There is no job ${id}.`);
}
