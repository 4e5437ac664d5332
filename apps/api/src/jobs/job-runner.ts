import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { BlobStore } from '../platform/blobs/blob-store';
import { DatabaseAwayError } from '../platform/database/database-away';
import { retryWhileAway } from '../platform/database/retry-while-away';
import type { JobQueue } from '../platform/queue/job-queue';
import { type JobTiming, startHeartbeat } from './heartbeat';
import type { Job } from './job-record';
import { claimJob, ClaimLostError, failJob, labelOf, releaseJob, stopJob } from './job';
import { describeFailure } from './job-failure';
import type { JobDefinitions } from './job-definition';
import { type Decide, type JobRepository, Once } from './job-repository';
import { awayLimitMs, JobRun } from './job-run';
import { type JobWorks, Stopped } from './job-work';

/** How long a worker that shuts down tries to return its job to the queue. */
const leaveLimitMs = 5000;

/** Runs one job at a time: claims it, keeps the claim alive, and ends it in one way or another. */
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private current?: { stop(reason: Error): void };
  private shuttingDown = false;
  /** Aborts when the process cannot wait for the database any longer. */
  private readonly leaving = new AbortController();

  constructor(
    private readonly stores: { jobs: JobRepository; blobs: BlobStore },
    private readonly definitions: JobDefinitions,
    private readonly works: JobWorks,
    private readonly queue: JobQueue,
    private readonly options: { connectionString: string; worker: string; timing: JobTiming },
  ) {}

  /** Claims and runs the job if it is free. Never rejects: failures are recorded on the job or logged. */
  async run(jobId: string): Promise<void> {
    try {
      if (!this.shuttingDown) await this.attempt(jobId);
    } catch (error) {
      this.logger.error(`Job ${jobId} could not be claimed or ended: ${(error as Error).message}`);
    }
  }

  /** Makes the run in progress, if any, end at its next step and return its job to the queue. */
  shutDown(): void {
    this.shuttingDown = true;
    const reason = new Stopped('shutdown');
    this.current?.stop(reason);
    setTimeout(() => this.leaving.abort(reason), leaveLimitMs).unref();
  }

  private async attempt(jobId: string): Promise<void> {
    const { worker, timing } = this.options;
    const { staleAfterMs } = timing;
    const claim = randomUUID();
    const job = await this.change(
      jobId,
      (definition, found, now) => claimJob(definition, found, { claim, worker, staleAfterMs }, now),
      awayLimitMs,
    );
    if (job.claim === claim) await this.perform(job, claim);
  }

  private async perform(job: Job, claim: string): Promise<void> {
    const work = this.works.get(job.type)!;
    this.logger.log(`${labelOf(job)}: ${work.describe(job)}`);
    const run = new JobRun(job, claim, this.stores);
    this.current = run;
    if (this.shuttingDown) this.shutDown();
    const { connectionString, timing } = this.options;
    const stopHeartbeat = startHeartbeat(
      { connectionString, jobId: job.id, claim, intervalMs: timing.heartbeatMs },
      (message) => run.stop(new Stopped(message === 'cancel' ? 'cancelled' : 'lost')),
    );
    try {
      await work.perform(run);
      this.logger.log(`${labelOf(job)}: done`);
    } catch (error) {
      await run.close();
      await this.end(job, claim, run.signal.aborted ? run.signal.reason : error);
    } finally {
      this.current = undefined;
      await stopHeartbeat();
    }
  }

  private async end(job: Job, claim: string, reason: unknown): Promise<void> {
    const label = labelOf(job);
    if (isStop(reason, 'cancelled')) {
      await this.change(job.id, (definition, current, now) =>
        stopJob(definition, current, claim, now),
      );
      this.logger.log(`${label}: cancelled`);
    } else if (reason instanceof ClaimLostError || isStop(reason, 'lost')) {
      this.logger.warn(`${label}: this worker no longer runs it. ${reason.message}`);
    } else if (reason instanceof DatabaseAwayError || isStop(reason, 'shutdown')) {
      if (reason instanceof DatabaseAwayError) this.logger.warn(`${label}: ${reason.message}`);
      const released = await this.change(job.id, (definition, current, now) =>
        releaseJob(definition, current, claim, now),
      );
      this.logger.log(`${label}: returned to the queue`);
      await this.queue.enqueue(released);
    } else {
      const failure = describeFailure(reason, this.definitions.of(job).noun);
      this.logger.error(
        `${label}: failed. ${reason instanceof Error ? reason.stack : String(reason)}`,
      );
      await this.change(job.id, (definition, current, now) =>
        failJob(definition, current, claim, failure, now),
      );
    }
  }

  /**
   * Changes the job, by default waiting for the database without a limit, as the worker cannot do anything else without it.
   */
  private async change(id: string, decide: Decide, limitMs = Infinity): Promise<Job> {
    const once = new Once();
    const { after } = await retryWhileAway(() => this.stores.jobs.change(id, decide, once), {
      limitMs,
      signal: this.leaving.signal,
    });
    return after;
  }
}

function isStop(reason: unknown, why: Stopped['reason']): reason is Stopped {
  return reason instanceof Stopped && reason.reason === why;
}
