import { Logger } from '@nestjs/common';
import type { BlobStore, StagedBlob } from '../platform/blobs/blob-store';
import { retryWhileAway } from '../platform/database/retry-while-away';
import type { Job, JobOutcome, JobShape } from './job-record';
import { labelOf, requireClaim, stopJob, succeedJob } from './job';
import { type JobRepository, Once } from './job-repository';
import { type Decision, type Run, Stopped } from './job-work';

/** How long a run waits for the database before it gives its job back. */
export const awayLimitMs = 5 * 60_000;

/** Time after which the run continues while a slow write finishes in the background. */
const slowMs = 1000;

interface Write {
  kind?: string;
  perform(): Promise<void>;
  /** Called once the write has been performed, or never will be. */
  release?(): Promise<void>;
}

/** A run's access to its job: reads and ordered writes that survive absences of the database. */
export class JobRun<S extends JobShape> implements Run<S> {
  private readonly logger = new Logger('Jobs');
  private readonly abort = new AbortController();
  private readonly waiting: Write[] = [];
  private writing?: Promise<void>;
  /** Whether a write is slow, so that later ones don't wait for it again. */
  private behind = false;

  constructor(
    readonly job: Job<S>,
    readonly claim: string,
    private readonly stores: { jobs: JobRepository; blobs: BlobStore },
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  read<R>(read: () => Promise<R>): Promise<R> {
    return retryWhileAway(read, { limitMs: awayLimitMs, signal: this.signal });
  }

  record(decide: Decision<S>, kind?: string): Promise<void> {
    const once = new Once<S>();
    return this.write({
      kind,
      perform: async () => {
        const { after } = await this.stores.jobs.change<S>(
          this.job.id,
          (_, current) => decide(current),
          once,
        );
        if (after.cancelRequestedAt) this.stop(new Stopped('cancelled'));
      },
    });
  }

  keepCheckpoint(staged: StagedBlob, decide: Decision<S>): Promise<void> {
    const { jobs, blobs } = this.stores;
    const once = new Once<S>();
    return this.write({
      kind: 'checkpoint',
      perform: () =>
        jobs.keepCheckpoint<S>(this.job.id, staged, (_, current) => decide(current), once),
      release: () => blobs.discard(staged),
    });
  }

  async finish(make: (current: Job<S>, now: Date) => Promise<JobOutcome<S>>): Promise<void> {
    await this.writing;
    this.signal.throwIfAborted();
    const once = new Once<S>();
    await this.read(() =>
      this.stores.jobs.change<S>(
        this.job.id,
        async (definition, current, now) => {
          requireClaim(current, this.claim);
          if (current.cancelRequestedAt) return stopJob(definition, current, this.claim, now);
          return succeedJob(definition, current, this.claim, await make(current, now), now);
        },
        once,
      ),
    );
  }

  /** Resolves once no write is in progress; waiting writes are dropped. */
  async close(): Promise<void> {
    for (const write of this.waiting.splice(0)) await write.release?.();
    await this.writing;
  }

  private async write(write: Write): Promise<void> {
    if (this.signal.aborted) await write.release?.();
    this.signal.throwIfAborted();
    const older = this.waiting.findIndex(({ kind }) => kind !== undefined && kind === write.kind);
    const replaced = older < 0 ? [] : this.waiting.splice(older, 1);
    this.waiting.push(write);
    for (const { release } of replaced) await release?.();
    this.writing ??= this.writeAll();
    if (!this.behind) await this.writtenOrSlow(this.writing);
    this.signal.throwIfAborted();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0 && !this.signal.aborted)
      await this.perform(this.waiting.shift()!);
    this.writing = undefined;
    if (this.behind) this.logger.log(`${labelOf(this.job)}: progress is saved again`);
    this.behind = false;
  }

  private async perform({ perform, release }: Write): Promise<void> {
    try {
      await this.read(perform);
    } catch (error) {
      // Has no effect if the run was already stopped, which is then the cause of this error.
      this.stop(error as Error);
    } finally {
      await release?.();
    }
  }

  private async writtenOrSlow(writing: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.behind = true;
        this.logger.warn(`${labelOf(this.job)}: continues although the database does not answer`);
        resolve();
      }, slowMs);
    });
    await Promise.race([writing, slow]).finally(() => clearTimeout(timer));
  }
}
