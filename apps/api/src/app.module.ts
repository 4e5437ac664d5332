import {
  BeforeApplicationShutdown,
  DynamicModule,
  Module,
  OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { createZodValidationPipe } from 'nestjs-zod';
import type { ZodError } from 'zod';
import { ArtifactsModule } from './artifacts/artifacts.module';
import { ArchitecturesModule } from './architectures/architectures.module';
import { AuthModule } from './auth/auth.module';
import { CompareModule } from './benchmarks/compare.module';
import { Blobs } from './blobs/blobs';
import { CheckpointsModule } from './checkpoints/checkpoints.module';
import { CoreModule, type Environment } from './core.module';
import { DatasetsModule } from './datasets/datasets.module';
import { DomainExceptionFilter } from './errors/exception.filter';
import { invalidRequest, problemsOf } from './errors/invalid-request';
import { HealthModule } from './health/health.module';
import { ImportsModule } from './imports/imports.module';
import { InferenceModule } from './inference/inference.module';
import { LimitsModule } from './limits/limits.module';
import { JobsModule } from './jobs/jobs.module';
import { ModelsModule } from './models/models.module';
import { SamplesModule } from './samples/samples.module';
import { ObservabilityModule } from './observability/observability.module';
import { QueueModule } from './queue/queue.module';
import { V2Module } from './v2/v2.module';

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
        CoreModule.forRoot(environment),
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
        JobsModule,
        CompareModule,
        ImportsModule,
        InferenceModule,
        V2Module,
      ],
      providers: [
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
