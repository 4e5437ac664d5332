import { Module } from '@nestjs/common';
import { Database } from '../database/database';
import { ModelPool } from '../../serving/pool/model-pool';
import { ServingModule } from '../../serving/serving.module';
import { addGauges } from './gauges';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { MetricsModule } from './metrics.module';

/** What is asked for. */
@Module({ imports: [MetricsModule, ServingModule], controllers: [MetricsController] })
export class ObservabilityModule {
  constructor(metrics: Metrics, pool: ModelPool, database: Database) {
    addGauges(metrics.registry, { pool, database });
  }
}
