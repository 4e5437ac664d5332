import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, type DataSourceOptions, QueryFailedError } from 'typeorm';
import { CoatrackDataSource } from './database-away';
import { migrations } from './migrations';
import { Pulse } from './pulse';

/** Entity classes of all tables, listed by the composition root. */
export type EntityClasses = (new () => object)[];

/** Key of the advisory lock; must not collide with other programs on the same database. */
const migrationLock = 7_203_141;
const schemaPollMs = 500;

/** The database cannot be used. The message is one readable line without the password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** How long to wait for a database that does not answer, in ms. */
interface Timeouts {
  /** Time limit for a connection. */
  connection: number;
  /** Time limit for a statement, enforced by Postgres so that a slow statement is undone. */
  statement: number;
  /** Time limit for Postgres to enforce that; beyond it the connection is dropped. */
  answer: number;
  /** Whether to check on another connection that the database responds, to give up sooner. */
  pulse?: boolean;
}

/** Limit for requests: the client is asked to retry rather than kept waiting. */
const requestTimeouts: Timeouts = {
  connection: 5000,
  statement: 30_000,
  answer: 32_000,
  pulse: true,
};

/** Limits for the worker, which can wait for a busy database but must notice one that is gone. */
const workerTimeouts: Timeouts = { connection: 10_000, statement: 60_000, answer: 65_000 };

/**
 * @param entities of every table
 * @param timeouts default: none, as migrations take as long as they need
 */
export function createDataSource(
  databaseUrl: string,
  entities: EntityClasses,
  timeouts?: Timeouts,
): DataSource {
  const pulse = timeouts?.pulse ? new Pulse(databaseUrl) : undefined;
  const options: DataSourceOptions = {
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    applicationName: 'coatrack',
    connectTimeoutMS: timeouts?.connection ?? 10_000,
    extra: timeouts && { statement_timeout: timeouts.statement, query_timeout: timeouts.answer },
    logger: 'simple-console',
    logging: false,
  };
  return new CoatrackDataSource(options, pulse);
}

/**
 * Connects, then updates the schema (`migrate`) or waits until the API has updated it (`wait`).
 * @throws DatabaseError when the database cannot be reached or its schema cannot be updated
 */
export async function openDatabase(
  databaseUrl: string,
  entities: EntityClasses,
  schema: 'migrate' | 'wait',
): Promise<DataSource> {
  const served = createDataSource(
    databaseUrl,
    entities,
    schema === 'migrate' ? requestTimeouts : workerTimeouts,
  );
  try {
    if (schema === 'migrate') await migrateOnce(databaseUrl);
    await served.initialize();
    if (schema === 'wait') await waitForSchema(served);
    return served;
  } catch (error) {
    if (served.isInitialized) await served.destroy().catch(() => undefined);
    throw new DatabaseError(explain(error, databaseUrl));
  }
}

/** Runs on a dedicated connection, without a time limit. */
async function migrateOnce(databaseUrl: string): Promise<void> {
  const dataSource = await createDataSource(databaseUrl, []).initialize();
  try {
    await migrate(dataSource);
  } finally {
    await dataSource.destroy().catch(() => undefined);
  }
}

/**
 * Runs all pending migrations or none, so that after a failure the previous version still starts on the database. One
 * process migrates at a time; if it dies, Postgres releases the lock.
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
    if (!announced) new Logger('Database').log('Waiting for the API to update the schema');
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
  return `The database at ${place} cannot be used: ${reason}. Check DATABASE_URL and that Postgres is running.`;
}
