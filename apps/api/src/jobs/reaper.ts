import { Logger } from '@nestjs/common';
import type { JobQueue } from '../platform/queue/job-queue';
import type { JobTiming } from './heartbeat';
import { abandonJob, forgetCheckpoint } from './job';
import type { JobRepository } from './job-repository';
import type { JobSweep } from './job-sweep';
import type { WorkerRegister } from './worker-register';

/** How long a failed job's checkpoint is kept. */
const checkpointKeptMs = 7 * 24 * 60 * 60 * 1000;

/** Returns jobs whose message or worker was lost to the queue, and removes old checkpoints of failed ones. */
export class Reaper {
  private readonly logger = new Logger('Jobs');
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly jobs: JobRepository,
    private readonly sweep: JobSweep,
    private readonly queue: JobQueue,
    private readonly timing: JobTiming,
    private readonly workers: WorkerRegister,
  ) {}

  /** Looks for jobs now and then at regular intervals. */
  async start(): Promise<void> {
    await this.releaseAbandoned();
    await this.reap(0);
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.reap(this.timing.repeatAfterMs).then(() => this.schedule());
    }, this.timing.reapMs);
  }

  /** Releases the jobs of workers that are known to be dead, which would otherwise wait until they are stale. */
  private async releaseAbandoned(): Promise<void> {
    try {
      const dead = await this.workers.dead();
      for (const id of await this.sweep.findOfWorkers(dead)) {
        await this.jobs.change(id, (definition, job, now) =>
          abandonJob(definition, job, dead, now),
        );
      }
      await this.workers.forget(dead);
    } catch (error) {
      this.logger.warn(
        `Jobs of dead workers could not be released yet: ${(error as Error).message}`,
      );
    }
  }

  private async reap(repeatAfterMs: number): Promise<void> {
    try {
      const { staleAfterMs } = this.timing;
      for (const job of await this.sweep.takeForgotten({ staleAfterMs, repeatAfterMs })) {
        await this.queue.enqueue(job);
      }
      for (const id of await this.sweep.findOutdated(checkpointKeptMs)) {
        await this.jobs.change(id, forgetCheckpoint);
      }
    } catch (error) {
      this.logger.warn(`Looking for stale jobs failed: ${(error as Error).message}`);
    }
  }
}
