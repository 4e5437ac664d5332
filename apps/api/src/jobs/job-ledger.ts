import { Injectable, Logger } from '@nestjs/common';
import type { StagedBlob } from '../platform/blobs/blob-store';
import { Blobs } from '../platform/blobs/blobs';
import { Transactions } from '../platform/database/database';
import { DatabaseAwayError } from '../platform/database/database-away';
import { DomainError } from '../platform/errors/domain-error';
import { kindOf } from './job-kinds';
import { JobStore, type Changed, type Decide, type Once } from './job-store';
import type { JobOf, JobType } from './job-types';

/** Writes changes of jobs and clears away the checkpoints that they leave behind. */
@Injectable()
export class JobLedger {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: JobStore,
    private readonly blobs: Blobs,
    private readonly transactions: Transactions,
  ) {}

  /** @throws DomainError JOB_NOT_FOUND, and whatever `decide` throws */
  async change<T extends JobType>(
    id: string,
    decide: Decide<T>,
    once?: Once<T>,
  ): Promise<Changed<T>> {
    const changed = await this.store.change(id, decide, once);
    if (!changed) throw jobNotFound(id);
    await this.collectSuperseded(changed);
    return changed;
  }

  /**
   * Deletes an ended job with its events and its checkpoint; versions that it made keep their facts.
   * @throws DomainError JOB_NOT_FOUND, JOB_UNFINISHED
   */
  async delete(id: string): Promise<void> {
    const job = await this.store.delete(id);
    if (!job) throw jobNotFound(id);
    const checkpoint = checkpointBlob(job);
    if (checkpoint) await this.blobs.collect(checkpoint);
  }

  /**
   * A change that makes the job hold these bytes as its checkpoint; those of the one before go. The caller discards the
   * staged bytes in the end: while the database is away they stay where they are, so that the same change can be
   * asked for again.
   */
  async keepCheckpoint<T extends JobType>(
    id: string,
    staged: StagedBlob,
    decide: Decide<T>,
    once?: Once<T>,
  ): Promise<void> {
    try {
      const changed = await this.transactions.transaction(() =>
        this.blobs.keep(staged, () => this.store.change(id, decide, once)),
      );
      if (changed) await this.collectSuperseded(changed);
    } catch (error) {
      if (!(error instanceof DatabaseAwayError)) await this.blobs.collect(staged.sha256);
      throw error;
    }
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
