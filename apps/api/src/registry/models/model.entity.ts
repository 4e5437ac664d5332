import type { Preprocessing } from '@coatrack/models';
import type { Recipe } from '@coatrack/training';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../../platform/database/columns';
import type {
  Accuracy,
  TrainedMetrics,
  VersionFormat,
  VersionRecord,
  VersionSummary,
} from './model';

@Entity('model_versions')
export class ModelVersionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  model!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  architecture!: string;

  @Column('jsonb')
  labels!: string[];

  @Column('jsonb')
  preprocessing!: Preprocessing;

  @Column('text', { nullable: true })
  licence!: string | null;

  @Column('text', { nullable: true })
  source!: string | null;

  @Column('text')
  format!: VersionFormat;

  @Column({ name: 'intended_use', type: 'text', nullable: true })
  intendedUse!: string | null;

  @Column('text')
  blob!: string;

  @Column('bigint', bigintColumn())
  bytes!: number;

  @Column('bigint', bigintColumn())
  parameters!: number;

  @Column('text', { name: 'parent_model', nullable: true })
  parentModel!: string | null;

  @Column('integer', { name: 'parent_version', nullable: true })
  parentVersion!: number | null;

  @Column('uuid', { name: 'dataset_id', nullable: true })
  datasetId!: string | null;

  @Column('text', { name: 'dataset_name', nullable: true })
  datasetName!: string | null;

  @Column('uuid', { name: 'job_id', nullable: true })
  jobId!: string | null;

  @Column('jsonb', { nullable: true })
  metrics!: TrainedMetrics | null;

  @Column('jsonb', { nullable: true })
  recipe!: Recipe | null;

  @Column('jsonb')
  accuracy!: Accuracy;

  @Column('double precision', { name: 'training_seconds', nullable: true })
  trainingSeconds!: number | null;

  @Column('jsonb')
  notes!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}

@Entity('model_aliases')
export class ModelAliasEntity {
  @PrimaryColumn('text')
  model!: string;

  @PrimaryColumn('text')
  alias!: string;

  @Column('integer')
  version!: number;
}

@Entity('models')
export class ModelEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}

export function toSummary(
  { labels: _, recipe: __, ...same }: VersionRecord,
  classCount: number,
): VersionSummary {
  return { ...same, classCount };
}

export function toRow({ parent, dataset, job, ...same }: VersionRecord): ModelVersionEntity {
  return {
    ...same,
    parentModel: parent?.model ?? null,
    parentVersion: parent?.version ?? null,
    datasetId: dataset?.id ?? null,
    datasetName: dataset?.name ?? null,
    jobId: job,
  };
}

export function toRecord(row: ModelVersionEntity): VersionRecord {
  const { parentModel, parentVersion, datasetId, datasetName, jobId, ...same } = row;
  return {
    ...same,
    parent:
      parentModel !== null && parentVersion !== null
        ? { model: parentModel, version: parentVersion }
        : null,
    dataset:
      datasetId !== null && datasetName !== null ? { id: datasetId, name: datasetName } : null,
    job: jobId,
  };
}
