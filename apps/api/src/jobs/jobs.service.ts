import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { z } from 'zod';
import { Database } from '../platform/database/database';
import { DomainError } from '../platform/errors/domain-error';
import { parseOrFail } from '../platform/errors/invalid-request';
import { mapPage, type Page } from '../platform/lists/page';
import { IdempotencyKeys } from '../platform/idempotency/idempotency-keys';
import { JobQueue } from '../platform/queue/job-queue';
import type { Job } from './job-record';
import { requestCancel } from './job';
import type { JobListQuery } from './job.dto';
import { type Asked, type Find, type JobDefinition, JobDefinitions } from './job-definition';
import { JobRepository } from './job-repository';
import { isTerminal } from './job-state';
import { type JobAnswer, summaryOf, viewOf } from './job-view';

const wakeLimitMs = 2000;

@Injectable()
export class JobsService {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly repository: JobRepository,
    private readonly definitions: JobDefinitions,
    private readonly queue: JobQueue,
    private readonly transactions: Database,
    private readonly repeats: IdempotencyKeys,
    private readonly providers: ModuleRef,
  ) {}

  /**
   * Creates a job after checking both the shape and the content of the request.
   * @throws DomainError INVALID_REQUEST naming every problem
   */
  async create(body: unknown): Promise<JobAnswer> {
    const askable = this.definitions.all.filter(({ ask }) => ask).map(({ type }) => type);
    const fields = parseOrFail(
      z.looseObject({ type: z.enum(askable, `must be one of: ${askable.join(', ')}`) }),
      body,
    );
    const definition = this.definitions.of(fields);
    const find: Find = (token) => this.providers.get(token, { strict: false });
    return this.start(definition, await definition.ask!.read(fields, find));
  }

  /** Accepts a job of any type. */
  async start<Request>(
    definition: JobDefinition<string, Request>,
    asked: Asked<Request>,
  ): Promise<JobAnswer> {
    const job = await this.transactions.transaction(async () => {
      const inserted: Job = await this.repository.insert(definition, asked);
      await this.repeats.record(viewOf(definition, inserted));
      return inserted;
    });
    await this.wakeWorker(job);
    return viewOf(definition, job);
  }

  async list({ state, type, ...page }: JobListQuery): Promise<Page<JobAnswer>> {
    const jobs = await this.repository.list({ state, type }, page);
    return mapPage(jobs, (job) => summaryOf(this.definitions.of(job), job));
  }

  async get(id: string): Promise<JobAnswer> {
    return this.view(await this.repository.find(id));
  }

  /** Cancels a job; repeating the request is harmless. */
  async cancel(id: string): Promise<JobAnswer> {
    const { after } = await this.repository.change(id, (definition, job, now) => {
      if (isTerminal(job.state) && job.state !== 'cancelled') {
        throw new DomainError('JOB_FINISHED', `Job ${id} has already ${job.state}.`);
      }
      return requestCancel(definition, job, now);
    });
    return this.view(after);
  }

  /** @throws DomainError JOB_NOT_FOUND, JOB_UNFINISHED */
  async delete(id: string): Promise<void> {
    await this.repository.delete(id);
  }

  private view(job: Job): JobAnswer {
    return viewOf(this.definitions.of(job), job);
  }

  /**
   * Sends the message. Waits for it, so that jobs run in the order of their requests, but not for a queue that does not
   * answer: a worker will find the job's row in any case.
   */
  private async wakeWorker(job: Job): Promise<void> {
    const sent = this.queue.enqueue(job).catch((error: Error) => {
      this.logger.warn(
        `Job ${job.id} could not be queued; a worker will find it later: ${error.message}`,
      );
    });
    await Promise.race([sent, pause(wakeLimitMs, undefined, { ref: false })]);
  }
}
