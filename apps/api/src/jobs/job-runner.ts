import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { TrainingEvent } from '@coatrack/training';
import type { JobQueue } from '../queue/job-queue';
import { startHeartbeat } from './heartbeat';
import {
  claimJob,
  ClaimLostError,
  failJob,
  recordTraining,
  releaseJob,
  stopJob,
  type Job,
} from './job';
import { describeFailure } from './job-failure';
import type { JobLedger } from './job-ledger';
import type { JobTiming } from './job-timing';
import { epochLine } from './progress-line';
import { throttleSteps } from './step-throttle';

/** A step event is persisted at most once in this time. */
const stepIntervalMs = 1000;

/** What a run may do with its job; everything is refused once the claim is lost. */
export interface Run {
  job: Job;
  claim: string;
  signal: AbortSignal;
  report(event: TrainingEvent): Promise<void>;
}

/** Does a job's work from its last checkpoint on and marks it succeeded in the end. */
export abstract class JobWork {
  abstract perform(run: Run): Promise<void>;
}

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
    private readonly work: JobWork,
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
    const { staleAfterMs, heartbeatMs } = this.options.timing;
    const claim = randomUUID();
    const { after: job } = await this.ledger.change(jobId, (found, now) =>
      claimJob(found, { claim, staleAfterMs }, now),
    );
    if (job.claim !== claim) return;
    this.announce(job);
    const abort = new AbortController();
    this.current = abort;
    if (this.shuttingDown) this.shutDown();
    const stopHeartbeat = startHeartbeat(
      {
        connectionString: this.options.connectionString,
        jobId,
        claim,
        intervalMs: heartbeatMs,
      },
      (message) => abort.abort(new Stopped(message === 'cancel' ? 'cancelled' : 'lost')),
    );
    try {
      await this.work.perform({
        job,
        claim,
        signal: abort.signal,
        report: this.reporter(job, claim, abort),
      });
      this.logger.log(`${job.name} (job ${job.id.slice(0, 8)}): done`);
    } catch (error) {
      await this.end(job, claim, abort.signal.aborted ? abort.signal.reason : error);
    } finally {
      this.current = undefined;
      await stopHeartbeat();
    }
  }

  private reporter(
    job: Job,
    claim: string,
    abort: AbortController,
  ): (event: TrainingEvent) => Promise<void> {
    const passes = throttleSteps(stepIntervalMs);
    return async (event) => {
      if (event.type === 'epoch') this.logger.log(epochLine(job, event));
      if (!passes(event)) return;
      const { after } = await this.ledger
        .change(job.id, (current) => recordTraining(current, claim, event))
        .catch((error: Error) => {
          throw error instanceof ClaimLostError
            ? error
            : new StoreError(error.message, { cause: error });
        });
      if (after.cancelRequestedAt) abort.abort(new Stopped('cancelled'));
    };
  }

  private async end(job: Job, claim: string, reason: unknown): Promise<void> {
    const label = `${job.name} (job ${job.id.slice(0, 8)})`;
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
      const failure = describeFailure(reason);
      this.logger.error(
        `${label}: failed. ${reason instanceof Error ? reason.stack : String(reason)}`,
      );
      await this.ledger.change(job.id, (current, now) => failJob(current, claim, failure, now));
    }
  }

  private announce(job: Job): void {
    const from = job.checkpoint ? `goes on after epoch ${job.checkpoint.epoch}` : 'starts';
    this.logger.log(
      `${job.name} (job ${job.id.slice(0, 8)}): ${from}, ${job.architecture} on ${job.dataset.name}`,
    );
  }
}
