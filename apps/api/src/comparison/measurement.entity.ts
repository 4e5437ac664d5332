import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../platform/database/columns';
import type { Hardware, Latency, Measurement } from './measurement';

@Entity('measurements')
export class MeasurementEntity implements Measurement {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') job!: string;
  @Column('text') model!: string;
  @Column('integer') version!: number;
  @Column('text') executor!: string;
  @Column('integer', { name: 'image_size' }) imageSize!: number;
  @Column('integer', { name: 'batch_size' }) batchSize!: number;
  @Column('integer') instances!: number;
  @Column('json') latency!: Latency;
  @Column('double precision') throughput!: number;
  @Column('integer') runs!: number;
  @Column('bigint', bigintColumn('memory_bytes')) memoryBytes!: number;
  @Column('jsonb') hardware!: Hardware;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
