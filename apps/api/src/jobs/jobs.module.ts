import { Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config';
import { CONFIG } from '../platform/platform.module';
import { DatasetsModule } from '../datasets/datasets.module';
import { DatasetsService } from '../datasets/datasets.service';
import { ModelRegistry } from '../registry/models/model-registry';
import { ModelsModule } from '../registry/models/models.module';
import { Database } from '../platform/database/database';
import { Metrics } from '../platform/observability/metrics';
import { ObservabilityModule } from '../platform/observability/observability.module';
import { addJobGauge } from './job-gauge';
import { JobEventStreams } from './job-event-streams';
import { JobLookups } from './job-lookups';
import { JobNotifications } from './job-notifications';
import { JobRetention } from './job-retention';
import { JobStoreModule } from './job-store.module';
import { JobsController } from './jobs.controller';
import { JobsService } from './jobs.service';

/** Jobs as the HTTP process sees them: asked for, followed, cancelled. */
@Module({
  imports: [ObservabilityModule, JobStoreModule, DatasetsModule, ModelsModule],
  controllers: [JobsController],
  providers: [
    JobsService,
    JobEventStreams,
    JobRetention,
    {
      provide: JobNotifications,
      useFactory: ({ databaseUrl }: Config) => new JobNotifications(databaseUrl),
      inject: [CONFIG],
    },
    {
      provide: JobLookups,
      useFactory: (datasets: DatasetsService, registry: ModelRegistry): JobLookups => ({
        findDataset: (idOrName) => datasets.find(idOrName),
        findVersion: ({ model, ...which }) => registry.resolve(model, which),
      }),
      inject: [DatasetsService, ModelRegistry],
    },
  ],
  exports: [JobsService],
})
export class JobsModule implements OnApplicationShutdown {
  constructor(
    private readonly notifications: JobNotifications,
    metrics: Metrics,
    database: Database,
  ) {
    addJobGauge(metrics, database);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.notifications.close();
  }
}
