import 'reflect-metadata';
import { setThreadDefaults } from '@coatrack/kernels/thread-settings';
import { Logger } from '@nestjs/common';
import { createApp } from './create-app';
import { entities } from './entities';
import { openEnvironment } from './platform/environment';
import { runMain } from './platform/run-main';

runMain("Coatrack's API", async () => {
  // Applies to the threads that serve models.
  setThreadDefaults();
  const environment = await openEnvironment(entities, 'migrate');
  const app = await createApp(environment);
  const { host, port } = environment.config;
  await app.listen(port, host);
  new Logger('Main').log(`Listening on ${await app.getUrl()}`);
  return app;
});
