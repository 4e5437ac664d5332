import type { EpochRow, Metrics, Recipe } from '@coatrack/training';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Checkpoint, Job, JobEventData, JobFailure, JobState, ModelReference } from './job';

/** A row of `jobs`: the domain's job plus what only the store needs. */
@Entity('jobs')
export class JobEntity implements Job {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') type!: 'fine-tune';
  @Column('text') state!: JobState;
  @Column('text') name!: string;
  @Column('text') architecture!: string;
  @Column('json', { nullable: true }) parent!: ModelReference | null;
  @Column('json') dataset!: { id: string; name: string };
  @Column('json') recipe!: Recipe;
  @Column('double precision') progress!: number;
  @Column('integer') epoch!: number;
  @Column('integer') step!: number;
  @Column('integer') steps!: number;
  @Column('double precision', { name: 'eta_seconds', nullable: true }) etaSeconds!: number | null;
  @Column('double precision', { name: 'images_per_second', nullable: true })
  imagesPerSecond!: number | null;
  @Column('json', { nullable: true }) metrics!: Metrics | null;
  @Column('json') history!: EpochRow[];
  @Column('json', { nullable: true }) result!: ModelReference | null;
  @Column('json', { nullable: true }) error!: JobFailure | null;
  @Column('text', { nullable: true }) engine!: string | null;
  @Column('integer') attempts!: number;
  @Column('integer', { name: 'fruitless_attempts' }) fruitlessAttempts!: number;
  @Column('uuid', { nullable: true }) claim!: string | null;
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true }) heartbeatAt!: Date | null;
  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt!: Date | null;
  @Column('json', { nullable: true }) checkpoint!: Checkpoint | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  /** When a message for the job was last put into the queue. */
  @Column('timestamptz', { name: 'enqueued_at' }) enqueuedAt!: Date;
  /** Number of the job's last event. */
  @Column('integer', { name: 'last_seq' }) lastSeq!: number;
}

@Entity('job_events')
export class JobEventEntity {
  @PrimaryColumn('uuid', { name: 'job_id' }) jobId!: string;
  @PrimaryColumn('integer') seq!: number;
  @Column('text') type!: JobEventData['type'];
  @Column('json') data!: JobEventData;
  @Column('timestamptz') at!: Date;
}
