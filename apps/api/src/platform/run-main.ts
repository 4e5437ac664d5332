import { WrongSettingError } from '@coatrack/kernels/thread-settings';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ConfigError } from '../config';

/** EX_CONFIG of sysexits.h, which tells the launcher not to restart the process. */
const wrongSettings = 78;

/**
 * Runs a process's main function; if it fails to start, only the reason is printed.
 *
 * Uncaught errors are logged in full, and then:
 * - An unhandled rejection has no further effect. It ends work that nothing waits for, such as reading the body of a
 *   client that has disconnected; ending the process would fail every other request or lose the running job.
 * - An uncaught exception may have left data inconsistent. The process shuts down in order, the API after the answers in
 *   progress, the worker after returning its job to the queue, and exits with code 1, and the launcher restarts it.
 * @param main starts the process and returns its application
 * @param endingMs time limit of the shutdown, for an application that does not limit it itself
 */
export function runMain(
  name: string,
  main: () => Promise<INestApplicationContext>,
  endingMs?: number,
): void {
  const logger = new Logger('Main');
  let app: INestApplicationContext | undefined;
  let ending = false;
  // The launcher, which reads the log, may be killed first. Lines are lost then; logging the resulting errors would cause
  // further errors without end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('unhandledRejection', (reason) =>
    logger.error(`Unhandled rejection: ${inFull(reason)}`),
  );
  process.on('uncaughtException', (error) => {
    logger.error(`Uncaught exception: ${inFull(error)}`);
    if (ending) return;
    ending = true;
    if (!app) process.exit(1);
    logger.error('Shutting down after an uncaught exception');
    if (endingMs !== undefined) setTimeout(() => process.exit(1), endingMs).unref();
    app
      .close()
      .catch((failure) => logger.error(`The shutdown failed: ${inFull(failure)}`))
      .finally(() => process.exit(1));
  });
  main().then(
    (started) => (app = started),
    (error: Error) => {
      console.error(`${name} failed to start. ${error.message}`);
      const isSetting = error instanceof ConfigError || error instanceof WrongSettingError;
      process.exit(isSetting ? wrongSettings : 1);
    },
  );
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
