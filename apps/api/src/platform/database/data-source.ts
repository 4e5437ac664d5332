import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, QueryFailedError } from 'typeorm';
import { CoatrackDataSource } from './database-away';
import { entities } from '../../entities';
import { migrations } from './migrations';

/** Any number that no other program takes on the same database. */
const migrationLock = 7_203_141;
const schemaPollMs = 500;

/** The database can't be used; the message is one line, fit for a person, free of the password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/**
 * What a request of the API waits for a statement. Postgres gives up first, so that a slow statement is undone; the client
 * gives up where Postgres hangs, and drops the connection.
 */
const requestTimeouts = { statement_timeout: 30_000, query_timeout: 32_000 };

/** @param timeouts of each statement, in ms; left out, there are none: migrations take as long as they need */
export function createDataSource(
  databaseUrl: string,
  timeouts?: { statement_timeout: number; query_timeout: number },
): DataSource {
  return new CoatrackDataSource({
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    applicationName: 'coatrack',
    connectTimeoutMS: 10_000,
    extra: timeouts,
    logger: 'simple-console',
    logging: false,
  });
}

/**
 * Connects, then brings the schema up to date (`migrate`) or waits until the API has (`wait`).
 * @throws DatabaseError when the database can't be reached or its schema not brought up to date
 */
export async function openDatabase(
  databaseUrl: string,
  schema: 'migrate' | 'wait',
): Promise<DataSource> {
  const dataSource = createDataSource(databaseUrl);
  const served = schema === 'migrate' ? createDataSource(databaseUrl, requestTimeouts) : dataSource;
  try {
    await dataSource.initialize();
    if (schema === 'wait') await waitForSchema(dataSource);
    else {
      await migrate(dataSource);
      await dataSource.destroy();
      await served.initialize();
    }
    return served;
  } catch (error) {
    for (const opened of new Set([dataSource, served])) {
      if (opened.isInitialized) await opened.destroy().catch(() => undefined);
    }
    throw new DatabaseError(explain(error, databaseUrl));
  }
}

/**
 * One process migrates at a time; a process that dies on it gives the lock up by dying. All that is pending happens or
 * nothing does: where a migration fails, the version from before still starts on the database.
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const lockHolder = dataSource.createQueryRunner();
  try {
    await lockHolder.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations({ transaction: 'all' });
  } finally {
    await lockHolder.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
    await lockHolder.release();
  }
}

async function waitForSchema(dataSource: DataSource): Promise<void> {
  for (let announced = false; await schemaIsBehind(dataSource); announced = true) {
    if (!announced)
      new Logger('Database').log('Waiting for the API to bring the schema up to date');
    await pause(schemaPollMs);
  }
}

async function schemaIsBehind(dataSource: DataSource): Promise<boolean> {
  try {
    const done: { name: string }[] = await dataSource.query('SELECT name FROM migrations');
    const names = new Set(done.map(({ name }) => name));
    return dataSource.migrations.some(({ name }) => !names.has(name ?? ''));
  } catch (error) {
    if (error instanceof QueryFailedError && error.driverError.code === '42P01') return true;
    throw error;
  }
}

function explain(error: unknown, databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  const place = `${hostname}:${port || '5432'}${pathname}`;
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = cause as { code?: string; message?: string };
  const reason = (message || code || 'no reason given').split('\n')[0];
  return `The database at ${place} can't be used: ${reason}. Check DATABASE_URL and that Postgres runs.`;
}
