import { WrongSettingError } from '@coatrack/kernels/thread-settings';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { ConfigError } from '../config';

/** The exit code of sysexits.h by which the launcher knows that another start would not help. */
const wrongSettings = 78;

/**
 * Runs a process's main function; a failed start ends it with the reason and nothing else.
 *
 * Errors that nothing caught are logged in full, and then:
 * - A rejection without a handler changes nothing else. It is the end of work that nothing waits for any more, such as
 *   reading the body of a client that has gone away; to end the process for it would fail every other request or lose
 *   the running job.
 * - An exception has unwound its caller half-way, so whatever was at work there may be left inconsistent. The process
 *   ends in order, the API after the answers under way, the worker after putting its job back, and exits with code 1,
 *   upon which the launcher starts it again.
 * @param main starts the process and returns its application
 * @param endingMs that the end in order may take, for an application that does not limit it itself
 */
export function runMain(
  name: string,
  main: () => Promise<INestApplicationContext>,
  endingMs?: number,
): void {
  const logger = new Logger('Main');
  let app: INestApplicationContext | undefined;
  let ending = false;
  // What reads the log may go first: the launcher, when it is killed. Then lines are lost; as exceptions that are logged
  // they would follow each other without end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('unhandledRejection', (reason) =>
    logger.error(`A rejection without a handler: ${inFull(reason)}`),
  );
  process.on('uncaughtException', (error) => {
    logger.error(`An exception that nothing caught: ${inFull(error)}`);
    if (ending) return;
    ending = true;
    if (!app) process.exit(1);
    logger.error('Ending in order because of it');
    if (endingMs !== undefined) setTimeout(() => process.exit(1), endingMs).unref();
    app
      .close()
      .catch((failure) => logger.error(`The end was not in order: ${inFull(failure)}`))
      .finally(() => process.exit(1));
  });
  main().then(
    (started) => (app = started),
    (error: Error) => {
      console.error(`${name} did not start. ${error.message}`);
      const isSetting = error instanceof ConfigError || error instanceof WrongSettingError;
      process.exit(isSetting ? wrongSettings : 1);
    },
  );
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
