import 'reflect-metadata';
import { selectEngine } from '@coatrack/kernels';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openEnvironment, runMain } from './environment';
import { WorkerModule } from './worker.module';

runMain("Coatrack's worker", async () => {
  const environment = await openEnvironment('wait');
  const engine = await selectEngine(environment.config.engine);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment), {
    abortOnError: false,
  });
  app.enableShutdownHooks();
  await app.get(WorkerModule).start();
  new Logger('Main').log(`Waiting for jobs; training runs on ${engine.description}`);
});
