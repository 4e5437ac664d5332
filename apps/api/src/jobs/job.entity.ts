import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Job } from './job-record';
import type { JobEventData } from './job-events';
import type { JobFailure, JobState } from './job-state';

/** A row of `jobs`: the job plus fields that only the repository needs. */
@Entity('jobs')
export class JobEntity implements Job {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') type!: string;
  @Column('text') state!: JobState;
  @Column('text') name!: string;
  @Column('json') request!: object;
  @Column('json') status!: object;
  @Column('json', { nullable: true }) result!: object | null;
  @Column('double precision') progress!: number;
  @Column('double precision', { name: 'eta_seconds', nullable: true }) etaSeconds!: number | null;
  @Column('json', { nullable: true }) error!: JobFailure | null;
  @Column('integer') attempts!: number;
  @Column('integer', { name: 'fruitless_attempts' }) fruitlessAttempts!: number;
  @Column('uuid', { nullable: true }) claim!: string | null;
  @Column('uuid', { nullable: true }) worker!: string | null;
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true }) heartbeatAt!: Date | null;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  /** The checkpoint's blob according to the job's definition; the foreign key keeps the blob. */
  @Column('text', { name: 'checkpoint_blob', nullable: true }) checkpointBlob!: string | null;
  /** Time at which a message for the job was last put into the queue. */
  @Column('timestamptz', { name: 'enqueued_at' }) enqueuedAt!: Date;
  /** Number of the job's last event. */
  @Column('integer', { name: 'last_seq' }) lastSeq!: number;
  /** Id of the last change that may be retried; see `Once`. */
  @Column('uuid', { name: 'last_change', nullable: true }) lastChange!: string | null;
}

@Entity('job_events')
export class JobEventEntity {
  @PrimaryColumn('uuid', { name: 'job_id' }) jobId!: string;
  @PrimaryColumn('integer') seq!: number;
  @Column('text') type!: string;
  @Column('json') data!: JobEventData;
  @Column('timestamptz') at!: Date;
}
