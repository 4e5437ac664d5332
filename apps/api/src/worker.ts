import 'reflect-metadata';
import { selectEngine } from '@coatrack/kernels';
import { Logger as Log } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openEnvironment, runMain } from './environment';
import { Logger } from './logger';
import { WorkerModule } from './worker.module';

runMain("Coatrack's worker", async () => {
  const environment = await openEnvironment('wait');
  const engine = await selectEngine(environment.config.engine);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(environment), {
    abortOnError: false,
    logger: new Logger(environment.config.log),
  });
  app.enableShutdownHooks();
  await app.get(WorkerModule).start();
  new Log('Main').log(`Waiting for jobs; training runs on ${engine.description}`);
});
