import { Logger } from '@nestjs/common';
import type { BlobStore, StagedBlob } from '../platform/blobs/blob-store';
import { retryWhileAway } from '../platform/database/retry-while-away';
import { requireClaim, stopJob, succeedJob, type JobOutcome } from './job';
import { labelOf } from './job-label';
import type { JobLedger } from './job-ledger';
import { Once } from './job-store';
import type { JobOf, JobType } from './job-types';
import type { Decision, Run } from './job-work';
import { Stopped } from './stopped';

/** A run waits this long for the database before it hands its job back. */
export const awayLimitMs = 5 * 60_000;

/** A write that takes longer is left to itself while the run goes on. */
const slowMs = 1000;

interface Write {
  kind?: string;
  perform(): Promise<void>;
  /** Called once it has been performed, or never will be. */
  release?(): Promise<void>;
}

/** A run's side of its job: what it reads and writes, in order, through absences of the database. */
export class JobRun<T extends JobType> implements Run<T> {
  private readonly logger = new Logger('Jobs');
  private readonly abort = new AbortController();
  private readonly waiting: Write[] = [];
  private writing?: Promise<void>;
  /** Whether a write was found to be slow, so that others needn't wait for it as well. */
  private behind = false;

  constructor(
    readonly job: JobOf<T>,
    readonly claim: string,
    private readonly stores: { ledger: JobLedger; blobs: BlobStore },
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

  record(decide: Decision<T>, kind?: string): Promise<void> {
    const once = new Once<T>();
    return this.write({
      kind,
      perform: async () => {
        const { after } = await this.stores.ledger.change(this.job.id, decide, once);
        if (after.cancelRequestedAt) this.stop(new Stopped('cancelled'));
      },
    });
  }

  keepCheckpoint(staged: StagedBlob, decide: Decision<T>): Promise<void> {
    const { ledger, blobs } = this.stores;
    const once = new Once<T>();
    return this.write({
      kind: 'checkpoint',
      perform: () => ledger.keepCheckpoint(this.job.id, staged, decide, once),
      release: () => blobs.discard(staged),
    });
  }

  async finish(make: (current: JobOf<T>, now: Date) => Promise<JobOutcome<T>>): Promise<void> {
    await this.writing;
    this.signal.throwIfAborted();
    const once = new Once<T>();
    await this.read(() =>
      this.stores.ledger.change<T>(
        this.job.id,
        async (current, now) => {
          requireClaim(current, this.claim);
          if (current.cancelRequestedAt) return stopJob(current, this.claim, now);
          return succeedJob(current, this.claim, await make(current, now), now);
        },
        once,
      ),
    );
  }

  /** Resolves once nothing is being written any more; what still waits then never will be. */
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
    if (this.behind) this.logger.log(`${labelOf(this.job)}: what the run has reached is written`);
    this.behind = false;
  }

  private async perform({ perform, release }: Write): Promise<void> {
    try {
      await this.read(perform);
    } catch (error) {
      // Without effect where the run was stopped before, which then is the reason for this.
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
        this.logger.warn(`${labelOf(this.job)}: goes on although the database does not answer`);
        resolve();
      }, slowMs);
    });
    await Promise.race([writing, slow]).finally(() => clearTimeout(timer));
  }
}
