import { DynamicModule, Logger, Module, OnApplicationBootstrap } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { createZodValidationPipe } from 'nestjs-zod';
import type { ZodError } from 'zod';
import { AuthModule } from './auth/auth.module';
import { Blobs } from './blobs/blobs';
import { CoreModule, type Environment } from './core.module';
import { DatasetsModule } from './datasets/datasets.module';
import { DomainExceptionFilter } from './errors/exception.filter';
import { invalidRequest, problemsOf } from './errors/invalid-request';
import { HealthModule } from './health/health.module';

const ValidationPipe = createZodValidationPipe({
  createValidationException: (error) => invalidRequest(problemsOf(error as ZodError)),
});

/** The HTTP process: one module a noun. */
@Module({})
export class AppModule implements OnApplicationBootstrap {
  constructor(private readonly blobs: Blobs) {}

  static forRoot(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.forRoot(environment), AuthModule, HealthModule, DatasetsModule],
      providers: [
        { provide: APP_FILTER, useClass: DomainExceptionFilter },
        { provide: APP_PIPE, useClass: ValidationPipe },
      ],
    };
  }

  onApplicationBootstrap(): void {
    // Nothing waits for it: it finds what an earlier crash left, never what requests are using.
    this.blobs.sweep().catch((error: Error) => new Logger('Blobs').error(error.message));
  }
}
