import { DynamicModule, Global, Module, OnApplicationShutdown } from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { Database } from '../platform/database/database';
import { Metrics } from '../platform/observability/metrics';
import { ObservabilityModule } from '../platform/observability/observability.module';
import { describeJobs } from './job.dto';
import { type JobDefinition, JobDefinitions } from './job-definition';
import { JobEventLog } from './job-event-log';
import { JobEventStreams } from './job-event-streams';
import { addJobGauge } from './job-gauge';
import { JobNotifications } from './job-notifications';
import { JobRepository } from './job-repository';
import { JobRetention } from './job-retention';
import { JobSweep } from './job-sweep';
import { JobsController } from './jobs.controller';
import { JobsService } from './jobs.service';

/** The types of job and their storage, for the HTTP process and the workers. */
@Global()
@Module({})
export class JobTypesModule {
  static forRoot(list: readonly JobDefinition[]): DynamicModule {
    const definitions = new JobDefinitions(list);
    describeJobs(definitions);
    return {
      module: JobTypesModule,
      providers: [
        { provide: JobDefinitions, useValue: definitions },
        JobRepository,
        JobSweep,
        JobEventLog,
      ],
      exports: [JobDefinitions, JobRepository, JobSweep, JobEventLog],
    };
  }
}

/** The API of jobs: start, follow, cancel, delete. */
@Module({
  imports: [ObservabilityModule],
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
