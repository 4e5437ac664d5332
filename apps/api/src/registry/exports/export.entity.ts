import type { Precision } from '@coatrack/models';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../../platform/database/columns';
import type { Artifact, ExportFormat, Verification } from './export-record';

@Entity('artifacts')
export class ExportEntity implements Artifact {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') job!: string;
  @Column('text') model!: string;
  @Column('integer') version!: number;
  @Column('text') format!: ExportFormat;
  @Column('text') precision!: Precision;
  @Column('text', { name: 'file_name' }) fileName!: string;
  @Column('text') blob!: string;
  @Column('bigint', bigintColumn()) bytes!: number;
  @Column('json') verification!: Verification;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
