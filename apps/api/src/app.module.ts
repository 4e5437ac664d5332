import {
  BeforeApplicationShutdown,
  DynamicModule,
  Module,
  OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { createZodValidationPipe } from 'nestjs-zod';
import type { ZodError } from 'zod';
import { AuthModule } from './platform/auth/auth.module';
import { ComparisonModule } from './comparison/comparison.module';
import { Blobs } from './platform/blobs/blobs';
import { PlatformModule, type Environment } from './platform/platform.module';
import { DatasetsModule } from './datasets/datasets.module';
import { DomainExceptionFilter } from './platform/http/send-error';
import { invalidRequest, problemsOf } from './platform/errors/invalid-request';
import { NewVersionController } from './registry/import/new-version.controller';
import { LimitsModule } from './platform/limits/limits.module';
import { jobDefinitions } from './job-definitions';
import { JobsModule, JobTypesModule } from './jobs/jobs.module';
import { RegistryModule } from './registry/registry.module';
import { ObservabilityModule } from './platform/observability/observability.module';
import { QueueModule } from './platform/queue/queue.module';
import { MetricsController } from './platform/metrics.controller';
import { Retention } from './platform/retention';
import { ServingModule } from './serving/serving.module';

const ValidationPipe = createZodValidationPipe({
  createValidationException: (error) => invalidRequest(problemsOf(error as ZodError)),
});

/** The HTTP process: one module per top-level folder. */
@Module({})
export class AppModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly blobs: Blobs) {}

  static forRoot(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(environment),
        AuthModule,
        LimitsModule,
        ObservabilityModule,
        DatasetsModule,
        RegistryModule,
        QueueModule.forRoot(environment.config),
        JobTypesModule.forRoot(jobDefinitions),
        JobsModule,
        ComparisonModule,
        ServingModule,
      ],
      controllers: [MetricsController, NewVersionController],
      providers: [
        Retention,
        { provide: APP_FILTER, useClass: DomainExceptionFilter },
        { provide: APP_PIPE, useClass: ValidationPipe },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.blobs.startSweeping();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.blobs.stopSweeping();
  }
}
