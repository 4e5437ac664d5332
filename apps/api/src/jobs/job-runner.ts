import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { JobQueue } from '../queue/job-queue';
import { startHeartbeat } from './heartbeat';
import { claimJob, ClaimLostError, failJob, releaseJob, stopJob } from './job';
import { describeFailure } from './job-failure';
import { kindOf } from './job-kinds';
import { labelOf } from './job-label';
import type { JobLedger } from './job-ledger';
import type { JobTiming } from './job-timing';
import type { JobOf, JobType } from './job-types';
import type { JobWork, JobWorks, Run } from './job-work';

/** The job could not be written to: whoever finds its heart silent takes it up again. */
class StoreError extends Error {}

type StopReason = 'cancelled' | 'shutdown' | 'lost';

class Stopped extends Error {
  constructor(readonly reason: StopReason) {
    super(`The run was stopped: ${reason}`);
  }
}

/** Runs one job at a time: claims it, keeps the claim alive, and ends it in one way or another. */
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private current?: AbortController;
  private shuttingDown = false;

  constructor(
    private readonly ledger: JobLedger,
    private readonly works: JobWorks,
    private readonly queue: JobQueue,
    private readonly options: { connectionString: string; timing: JobTiming },
  ) {}

  /** Takes the job up if it is to be had. Never rejects: what goes wrong is the job's or is logged. */
  async run(jobId: string): Promise<void> {
    try {
      if (!this.shuttingDown) await this.attempt(jobId);
    } catch (error) {
      this.logger.error(`Job ${jobId} is left as it is: ${(error as Error).message}`);
    }
  }

  /** The run in progress, if any, ends at its next step and puts its job back into the queue. */
  shutDown(): void {
    this.shuttingDown = true;
    this.current?.abort(new Stopped('shutdown'));
  }

  private async attempt(jobId: string): Promise<void> {
    const { staleAfterMs } = this.options.timing;
    const claim = randomUUID();
    const { after: job } = await this.ledger.change(jobId, (found, now) =>
      claimJob(found, { claim, staleAfterMs }, now),
    );
    if (job.claim === claim) await this.perform(job, this.works[job.type], claim);
  }

  private async perform<T extends JobType>(
    job: JobOf<T>,
    work: JobWork<T>,
    claim: string,
  ): Promise<void> {
    this.logger.log(`${labelOf(job)}: ${work.describe(job)}`);
    const abort = new AbortController();
    this.current = abort;
    if (this.shuttingDown) this.shutDown();
    const { connectionString, timing } = this.options;
    const stopHeartbeat = startHeartbeat(
      { connectionString, jobId: job.id, claim, intervalMs: timing.heartbeatMs },
      (message) => abort.abort(new Stopped(message === 'cancel' ? 'cancelled' : 'lost')),
    );
    try {
      await work.perform({ job, claim, signal: abort.signal, record: this.recorder(job, abort) });
      this.logger.log(`${labelOf(job)}: done`);
    } catch (error) {
      await this.end(job, claim, abort.signal.aborted ? abort.signal.reason : error);
    } finally {
      this.current = undefined;
      await stopHeartbeat();
    }
  }

  private recorder<T extends JobType>(job: JobOf<T>, abort: AbortController): Run<T>['record'] {
    return async (decide) => {
      const { after } = await this.ledger.change(job.id, decide).catch((error: Error) => {
        throw error instanceof ClaimLostError
          ? error
          : new StoreError(error.message, { cause: error });
      });
      if (after.cancelRequestedAt) abort.abort(new Stopped('cancelled'));
    };
  }

  private async end<T extends JobType>(
    job: JobOf<T>,
    claim: string,
    reason: unknown,
  ): Promise<void> {
    const label = labelOf(job);
    if (reason instanceof Stopped && reason.reason === 'cancelled') {
      await this.ledger.change(job.id, (current, now) => stopJob(current, claim, now));
      this.logger.log(`${label}: cancelled`);
    } else if (reason instanceof Stopped && reason.reason === 'shutdown') {
      const { after } = await this.ledger.change(job.id, (current, now) =>
        releaseJob(current, claim, now),
      );
      this.logger.log(`${label}: put back into the queue`);
      await this.queue.enqueue(after);
    } else if (
      reason instanceof Stopped ||
      reason instanceof ClaimLostError ||
      reason instanceof StoreError
    ) {
      this.logger.warn(`${label}: this worker stops working on it. ${reason.message}`);
    } else {
      const failure = describeFailure(reason, kindOf(job).noun);
      this.logger.error(
        `${label}: failed. ${reason instanceof Error ? reason.stack : String(reason)}`,
      );
      await this.ledger.change(job.id, (current, now) => failJob(current, claim, failure, now));
    }
  }
}
