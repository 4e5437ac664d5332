import type { Client } from 'pg';
import {
  DataSource,
  type DataSourceOptions,
  type QueryRunner,
  QueryRunnerProviderAlreadyReleasedError,
  type ReplicationMode,
} from 'typeorm';
import type { Pulse } from './pulse';

/** SQLSTATE of a database whose disk has no room left. */
const diskFull = '53100';

/**
 * The database is away, or refused in passing: a lost or refused connection, a restart, a failover, a deadlock, a full disk.
 * Whether the statement took effect is not known when a COMMIT was under way; otherwise nothing was written. The same work may succeed
 * a moment later.
 */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  /** Whether the database answers, but has no room to write. */
  readonly full: boolean;

  constructor(cause: Error) {
    super(`The database is away: ${cause.message}`, { cause });
    this.full = stateOf(cause) === diskFull;
  }
}

/** SQLSTATEs of lost connections, restarts and failovers, too many connections, a full disk, timeouts of statements and locks, deadlocks, serialization. */
const passingStates = /^(08...|57014|57P0[1-4]|53[13]00|55P03|40001|40P01|25006|25P03)$/;

/** What a socket reports when the other end is gone, or a network is only coming up. */
const socketCodes = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Errors of pg and TypeORM that carry no code; an already released runner is one whose connection broke. */
const messagesWithoutCode =
  /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|query runner already released|client was closed|not queryable/i;

/** @returns the code of the error, or of the driver's error that TypeORM wraps */
function stateOf(error: Error): unknown {
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  return code ?? driverError?.code;
}

/** Tells an absent database from a wrong statement. Meant for errors of pg and TypeORM alone: other sockets have the same codes. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (passingStates.test(code) || socketCodes.test(code))) return true;
  return messagesWithoutCode.test(error.message) || isPassing(driverError);
}

/** A data source whose every query, transaction and connection fails with DatabaseAwayError while the database is away. */
export class CoatrackDataSource extends DataSource {
  /** @param pulse drops the connections of a database that hangs; left out, its answers are waited for */
  constructor(
    options: DataSourceOptions,
    private readonly pulse?: Pulse,
  ) {
    super(options);
  }

  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    const runner = super.createQueryRunner(mode);
    const { connect, query } = runner;
    runner.connect = () => named(connect.call(runner));
    const drop = async () => dropConnection(await connect.call(runner));
    runner.query = (...args: Parameters<QueryRunner['query']>) => {
      const statement = query.apply(runner, args).catch(async (error: Error) => {
        if (isReadTimeout(error)) await drop();
        throw error;
      });
      return named(this.pulse ? this.pulse.watch(statement, drop) : statement);
    };
    return runner;
  }

  /** What is asked of a transaction whose connection broke between two statements never reaches a query runner. */
  override async transaction<T>(...args: unknown[]): Promise<T> {
    const run = super.transaction as (...args: unknown[]) => Promise<T>;
    return run.apply(this, args).catch((error: unknown) => {
      throw error instanceof QueryRunnerProviderAlreadyReleasedError
        ? new DatabaseAwayError(error)
        : error;
    });
  }
}

/** pg gave up waiting for an answer, which may still come. */
function isReadTimeout(error: { message: string }): boolean {
  return /query read timeout/i.test(error.message);
}

/**
 * Its statement may still be under way, and its transaction open: used again, the connection would commit with the next
 * caller's work what this one was told had failed.
 */
function dropConnection({ connection }: Client): void {
  connection.stream.destroy();
}

async function named<T>(outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    throw isPassing(error) && !(error instanceof DatabaseAwayError)
      ? new DatabaseAwayError(error as Error)
      : error;
  }
}

/** How long to wait for an answer that can be done without. */
const patienceMs = 1500;

/**
 * Waits for an answer of the database where the caller can do without: a database that hangs gives neither answers nor errors.
 * @throws DatabaseAwayError when it does not come in time; it may come later and is not used
 */
export async function inTime<T>(answer: Promise<T>, ms = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no answer within ${ms} ms`);
    timer = setTimeout(() => reject(new DatabaseAwayError(error)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
