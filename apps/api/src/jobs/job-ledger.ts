import { Injectable, Logger } from '@nestjs/common';
import type { StagedBlob } from '../blobs/blob-store';
import { Blobs } from '../blobs/blobs';
import { DomainError } from '../errors/domain-error';
import { requireClaim, stopJob, succeedJob, type JobOutcome } from './job';
import { kindOf } from './job-kinds';
import { JobStore, type Changed, type Decide } from './job-store';
import type { JobOf, JobType } from './job-types';
import type { Run } from './job-work';

/** Writes changes of jobs and clears away the checkpoints that they leave behind. */
@Injectable()
export class JobLedger {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: JobStore,
    private readonly blobs: Blobs,
  ) {}

  /** @throws DomainError JOB_NOT_FOUND, and whatever `decide` throws */
  async change<T extends JobType>(id: string, decide: Decide<T>): Promise<Changed<T>> {
    const changed = await this.store.change(id, decide);
    if (!changed) throw jobNotFound(id);
    await this.collectSuperseded(changed);
    return changed;
  }

  /**
   * Ends a run whose work is done. What is made and the job's end are one transaction: both or neither.
   * @param make writes what the job was for; not called where the job was asked to stop after the run's
   *   last check, as whoever was told so must not find anything
   * @throws ClaimLostError, and whatever `make` throws
   */
  async finish<T extends JobType>(
    { job, claim }: Run<T>,
    make: (current: JobOf<T>) => Promise<JobOutcome<T>>,
  ): Promise<void> {
    await this.change<T>(job.id, async (current, now) => {
      requireClaim(current, claim);
      if (current.cancelRequestedAt) return stopJob(current, claim, now);
      return succeedJob(current, claim, await make(current), now);
    });
  }

  /** A change that makes the job hold these bytes as its checkpoint; those of the one before go. */
  async keepCheckpoint<T extends JobType>(
    id: string,
    staged: StagedBlob,
    decide: Decide<T>,
  ): Promise<void> {
    const changed = await this.blobs.keep(staged, () => this.store.change(id, decide));
    if (changed) await this.collectSuperseded(changed);
  }

  private async collectSuperseded<T extends JobType>({ before, after }: Changed<T>): Promise<void> {
    const superseded = checkpointBlob(before);
    if (!superseded || superseded === checkpointBlob(after)) return;
    await this.blobs.collect(superseded).catch((error: Error) => {
      this.logger.warn(`An old checkpoint stays for now: ${error.message}`);
    });
  }
}

function checkpointBlob<T extends JobType>(job: JobOf<T>): string | null {
  return kindOf(job).checkpointBlob(job.status);
}

export function jobNotFound(id: string): DomainError {
  return new DomainError('JOB_NOT_FOUND', `There is no job ${id}.`);
}
