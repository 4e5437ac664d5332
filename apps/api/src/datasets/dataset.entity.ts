import type { ImageFormat } from '@coatrack/images';
import type { DatasetSplit } from '@coatrack/training';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../platform/database/columns';
import type { SplitCounts } from './dataset';

@Entity('datasets')
export class DatasetEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  blob!: string;

  @Column('bigint', bigintColumn())
  bytes!: number;

  @Column('integer')
  images!: number;

  @Column('jsonb')
  classes!: { name: string; count: number }[];

  @Column('jsonb')
  skipped!: { path: string; reason: string }[];

  @Column('integer', { name: 'skipped_count' })
  skippedCount!: number;

  @Column('jsonb')
  warnings!: string[];

  @Column('jsonb', { nullable: true })
  splits!: SplitCounts | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}

@Entity('dataset_images')
export class DatasetImageEntity {
  @PrimaryColumn('uuid', { name: 'dataset_id' })
  datasetId!: string;

  @PrimaryColumn('integer')
  index!: number;

  @Column('integer')
  class!: number;

  @Column('text')
  name!: string;

  @Column('text')
  format!: ImageFormat;

  @Column('bigint', bigintColumn('byte_offset'))
  byteOffset!: number;

  @Column('integer', { name: 'byte_length' })
  byteLength!: number;

  @Column('integer')
  width!: number;

  @Column('integer')
  height!: number;

  @Column('text', { nullable: true })
  split!: DatasetSplit | null;

  @Column('integer', { name: 'copy_of', nullable: true })
  copyOf!: number | null;
}
