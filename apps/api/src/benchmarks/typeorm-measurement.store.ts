import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { type Measurement, MeasurementStore } from './measurement';
import { MeasurementEntity } from './measurement.entity';

@Injectable()
export class TypeormMeasurementStore extends MeasurementStore {
  constructor(private readonly database: Database) {
    super();
  }

  insert(measurements: Measurement[]): Promise<void> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      // Locked: a version that is found stays until its measurements stand beside it.
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

  latest(model: string, version: number): Promise<Measurement[]> {
    return this.database.manager
      .createQueryBuilder(MeasurementEntity, 'm')
      .distinctOn(['m.imageSize', 'm.batchSize', 'm.executor', 'm.hardware'])
      .where({ model, version })
      .orderBy({
        ...{ 'm.imageSize': 'ASC', 'm.batchSize': 'ASC', 'm.executor': 'ASC', 'm.hardware': 'ASC' },
        'm.createdAt': 'DESC',
      })
      .getMany();
  }

  measuredVersions(limit: number): Promise<{ model: string; version: number }[]> {
    return this.database.manager.query(
      `SELECT model, version FROM measurements
       GROUP BY model, version ORDER BY max(created_at) DESC, model, version DESC LIMIT $1`,
      [limit],
    );
  }
}
