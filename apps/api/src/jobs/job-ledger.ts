import { Injectable, Logger } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store';
import { Blobs } from '../blobs/blobs';
import { DomainError } from '../errors/domain-error';
import { recordCheckpoint, type Job } from './job';
import { JobStore, type Changed, type Decide } from './job-store';

/** Writes changes of jobs and clears away the checkpoints that they leave behind. */
@Injectable()
export class JobLedger {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: JobStore,
    private readonly blobs: Blobs,
    private readonly blobStore: BlobStore,
  ) {}

  /** @throws DomainError JOB_NOT_FOUND, and whatever `decide` throws */
  async change(id: string, decide: Decide): Promise<Changed> {
    const changed = await this.store.change(id, decide);
    if (!changed) throw jobNotFound(id);
    await this.collectSuperseded(changed);
    return changed;
  }

  /** Keeps what `write` writes as the job's newest checkpoint; the one before goes afterwards. */
  async saveCheckpoint(
    job: Job,
    claim: string,
    write: (path: string) => Promise<void>,
    reached: { epoch: number; step: number },
  ): Promise<void> {
    const path = await this.blobStore.temporaryPath();
    await write(path);
    const staged = await this.blobStore.stageFile(path);
    const changed = await this.blobs.keep(staged, () =>
      this.store.change(job.id, (current) =>
        recordCheckpoint(current, claim, {
          blob: staged.sha256,
          epoch: reached.epoch,
          step: reached.step,
        }),
      ),
    );
    if (changed) await this.collectSuperseded(changed);
  }

  private async collectSuperseded({ before, after }: Changed): Promise<void> {
    const superseded = before.checkpoint?.blob;
    if (!superseded || superseded === after.checkpoint?.blob) return;
    await this.blobs.collect(superseded).catch((error: Error) => {
      this.logger.warn(`An old checkpoint stays for now: ${error.message}`);
    });
  }
}

export function jobNotFound(id: string): DomainError {
  return new DomainError('JOB_NOT_FOUND', `There is no job ${id}.`);
}
