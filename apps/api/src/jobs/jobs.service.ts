import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '../platform/database/database';
import { DomainError } from '../platform/errors/domain-error';
import { mapPage, type Page } from '../platform/http/page';
import { IdempotencyKeys } from '../platform/idempotency/idempotency-keys';
import { JobQueue } from '../platform/queue/job-queue';
import { requestCancel } from './job';
import type { Job as JobAnswer, JobListQuery, JobSummary } from './job.dto';
import { JobLedger, jobNotFound } from './job-ledger';
import { JobLookups } from './job-lookups';
import { readJobRequest } from './job-request';
import { isTerminal } from './job-state';
import { JobStore } from './job-store';
import type { Job, NewJob } from './job-types';
import { summaryOf, viewOf } from './job-view';

const wakeLimitMs = 2000;

@Injectable()
export class JobsService {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: JobStore,
    private readonly ledger: JobLedger,
    private readonly queue: JobQueue,
    private readonly lookups: JobLookups,
    private readonly transactions: Transactions,
    private readonly repeats: IdempotencyKeys,
  ) {}

  async create(body: unknown): Promise<JobAnswer> {
    return this.start(await readJobRequest(body, this.lookups));
  }

  /** Accepts a job of any type. */
  async start(asked: NewJob): Promise<JobAnswer> {
    const job = await this.transactions.transaction(async () => {
      const inserted = await this.store.insert(asked);
      await this.repeats.record(viewOf(inserted));
      return inserted;
    });
    await this.wakeWorker(job);
    return viewOf(job);
  }

  async list({ state, type, ...page }: JobListQuery): Promise<Page<JobSummary>> {
    return mapPage(await this.store.list({ state, type }, page), summaryOf);
  }

  async get(id: string): Promise<JobAnswer> {
    const job = await this.store.find(id);
    if (!job) throw jobNotFound(id);
    return viewOf(job);
  }

  /** Asking again is harmless. */
  async cancel(id: string): Promise<JobAnswer> {
    const { after } = await this.ledger.change(id, (job, now) => {
      if (isTerminal(job.state) && job.state !== 'cancelled') {
        throw new DomainError('JOB_FINISHED', `Job ${id} has already ${job.state}.`);
      }
      return requestCancel(job, now);
    });
    return viewOf(after);
  }

  /** @throws DomainError JOB_NOT_FOUND, JOB_UNFINISHED */
  async delete(id: string): Promise<void> {
    await this.ledger.delete(id);
  }

  /**
   * Waits for the message, so that jobs are run in the order in which they were asked for, but not for
   * a queue that does not answer: the row is what counts, and a worker finds it in any case.
   */
  private async wakeWorker(job: Job): Promise<void> {
    const sent = this.queue.enqueue(job).catch((error: Error) => {
      this.logger.warn(`Job ${job.id} waits for a worker to find it: ${error.message}`);
    });
    await Promise.race([sent, pause(wakeLimitMs, undefined, { ref: false })]);
  }
}
