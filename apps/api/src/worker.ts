import 'reflect-metadata';
import { selectEngine } from '@coatrack/kernels';
import { setThreadDefaults } from '@coatrack/kernels/thread-settings';
import { Logger as Log } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { entities } from './entities';
import { openEnvironment } from './platform/environment';
import { Logger } from './platform/observability/logger';
import { runMain } from './platform/run-main';
import { WorkerModule } from './worker.module';

/** Time to finish the current training step before the job returns to the queue; even a large network needs no longer. */
const endingMs = 30_000;

async function main() {
  setThreadDefaults();
  const environment = await openEnvironment(entities, 'wait');
  const engine = await selectEngine(environment.config.engine);
  const app = await NestFactory.createApplicationContext(
    await WorkerModule.forRoot(environment, engine),
    {
      abortOnError: false,
      logger: new Logger(environment.config.log),
    },
  );
  app.enableShutdownHooks();
  await app.get(WorkerModule).start();
  new Log('Main').log(`Waiting for jobs; training runs on ${engine.description}`);
  return app;
}

runMain("Coatrack's worker", main, endingMs);
