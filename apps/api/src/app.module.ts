import {
  BeforeApplicationShutdown,
  DynamicModule,
  Module,
  OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { createZodValidationPipe } from 'nestjs-zod';
import type { ZodError } from 'zod';
import { ArtifactsModule } from './registry/exports/artifacts.module';
import { ArchitecturesModule } from './registry/catalogue/architectures.module';
import { AuthModule } from './platform/auth/auth.module';
import { CompareModule } from './comparison/compare.module';
import { Blobs } from './platform/blobs/blobs';
import { CheckpointsModule } from './registry/catalogue/checkpoints.module';
import { PlatformModule, type Environment } from './platform/platform.module';
import { DatasetsModule } from './datasets/datasets.module';
import { DomainExceptionFilter } from './platform/http/send-error';
import { invalidRequest, problemsOf } from './platform/errors/invalid-request';
import { HealthModule } from './serving/http/health/health.module';
import { ImportsModule } from './registry/import/imports.module';
import { InferenceModule } from './serving/http/predict/predict.module';
import { LimitsModule } from './platform/limits/limits.module';
import { jobDefinitions } from './job-definitions';
import { JobsModule, JobTypesModule } from './jobs/jobs.module';
import { ModelsModule } from './registry/models/models.module';
import { SamplesModule } from './datasets/samples/samples.module';
import { ObservabilityModule } from './platform/observability/observability.module';
import { QueueModule } from './platform/queue/queue.module';
import { MetricsController } from './platform/metrics.controller';
import { Retention } from './platform/retention';
import { V2Module } from './serving/http/open-inference/open-inference.module';

const ValidationPipe = createZodValidationPipe({
  createValidationException: (error) => invalidRequest(problemsOf(error as ZodError)),
});

/** The HTTP process: one module a noun. */
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
        HealthModule,
        ArchitecturesModule,
        CheckpointsModule,
        DatasetsModule,
        ModelsModule,
        ArtifactsModule,
        SamplesModule,
        QueueModule.forRoot(environment.config),
        JobTypesModule.forRoot(jobDefinitions),
        JobsModule,
        CompareModule,
        ImportsModule,
        InferenceModule,
        V2Module,
      ],
      controllers: [MetricsController],
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
