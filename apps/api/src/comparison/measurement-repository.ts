import { Injectable } from '@nestjs/common';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Database } from '../platform/database/database';
import { microseconds, type Moment, momentTime } from '../platform/lists/newest-first';
import { type Page, pageOf, type PageQuery } from '../platform/lists/page';
import type { MeasuredVersion, Measurement, Hardware, Latency } from './measurement';
import { bigintColumn } from '../platform/database/columns';

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

/** Stores measurements. */
@Injectable()
export class MeasurementRepository {
  constructor(private readonly database: Database) {}

  /** Inserts measurements, joining a running transaction; skips those of deleted versions. */
  insert(measurements: Measurement[]): Promise<void> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      // Locks the versions, so that they are not deleted before their measurements are inserted.
      const versions: { model: string; version: number }[] = await manager.query(
        `SELECT model, version FROM model_versions
         WHERE (model, version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
         FOR KEY SHARE`,
        [measurements.map(({ model }) => model), measurements.map(({ version }) => version)],
      );
      const present = measurements.filter((measurement) =>
        versions.some(
          ({ model, version }) => model === measurement.model && version === measurement.version,
        ),
      );
      await manager.insert(MeasurementEntity, present);
    });
  }

  /** Returns the newest measurement of each setting, hardware and executor. */
  latest(model: string, version: number): Promise<Measurement[]> {
    return this.database.manager
      .createQueryBuilder(MeasurementEntity, 'm')
      .distinctOn(['m.imageSize', 'm.batchSize', 'm.executor', 'm.hardware'])
      .where({ model, version })
      .orderBy({
        'm.imageSize': 'ASC',
        'm.batchSize': 'ASC',
        'm.executor': 'ASC',
        'm.hardware': 'ASC',
        'm.createdAt': 'DESC',
      })
      .getMany();
  }

  /** Lists measured versions, the most recently measured first. */
  async measuredVersions(page: PageQuery<Moment>): Promise<Page<MeasuredVersion>> {
    const id = `model || ':' || version`;
    const begin = page.cursor ? `HAVING (max(created_at), ${id}) < (${momentTime('$2')}, $3)` : '';
    const rows: (MeasuredVersion & { place: string })[] = await this.database.manager.query(
      `SELECT model, version, ${microseconds('max(created_at)')} AS place FROM measurements
       GROUP BY model, version ${begin} ORDER BY max(created_at) DESC, ${id} DESC LIMIT $1`,
      [page.limit + 1, ...(page.cursor ?? [])],
    );
    return pageOf(rows, page, (row) => [Number(row.place), `${row.model}:${row.version}`]);
  }
}
