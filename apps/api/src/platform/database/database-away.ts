import type { Client } from 'pg';
import {
  DataSource,
  type DataSourceOptions,
  type QueryRunner,
  QueryRunnerProviderAlreadyReleasedError,
  type ReplicationMode,
} from 'typeorm';
import type { Pulse } from './pulse';

/** SQLSTATE of a full disk. */
const diskFull = '53100';

/**
 * The database is temporarily unavailable: a lost or refused connection, a restart, a failover, a deadlock, a full disk.
 * If a COMMIT was in progress, its outcome is unknown; otherwise nothing was written. The same work may succeed a moment
 * later.
 */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  /** Whether the database answers but has no space to write. */
  readonly full: boolean;

  constructor(cause: Error) {
    super(`The database is away: ${cause.message}`, { cause });
    this.full = stateOf(cause) === diskFull;
  }
}

/**
 * SQLSTATEs of lost connections, restarts and failovers, too many connections, a full disk, timeouts of statements and
 * locks, deadlocks and serialization failures.
 */
const passingStates = /^(08...|57014|57P0[1-4]|53[13]00|55P03|40001|40P01|25006|25P03)$/;

/** Error codes of sockets whose other end is gone, or whose network is not up yet. */
const socketCodes = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Errors of pg and TypeORM without a code. "Already released" means that the runner's connection broke. */
const messagesWithoutCode =
  /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|query runner already released|client was closed|not queryable/i;

/** Returns the code of the error, or of the driver's error that TypeORM wraps. */
function stateOf(error: Error): unknown {
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  return code ?? driverError?.code;
}

/**
 * Returns whether the error means that the database is temporarily unavailable, rather than that the statement is wrong.
 * Only for errors of pg and TypeORM: other sockets use the same codes.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (passingStates.test(code) || socketCodes.test(code))) return true;
  return messagesWithoutCode.test(error.message) || isPassing(driverError);
}

/** A data source whose queries, transactions and connections fail with DatabaseAwayError while the database is away. */
export class CoatrackDataSource extends DataSource {
  /** @param pulse drops the connections of a database that hangs; without it, statements wait for their answers */
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

  /** Overridden because a transaction whose connection broke between two statements never reaches a query runner. */
  override async transaction<T>(...args: unknown[]): Promise<T> {
    const run = super.transaction as (...args: unknown[]) => Promise<T>;
    return run.apply(this, args).catch((error: unknown) => {
      throw error instanceof QueryRunnerProviderAlreadyReleasedError
        ? new DatabaseAwayError(error)
        : error;
    });
  }
}

/** Returns whether pg stopped waiting for an answer, which may still arrive. */
function isReadTimeout(error: { message: string }): boolean {
  return /query read timeout/i.test(error.message);
}

/**
 * Closes a connection whose statement may still run and whose transaction may be open: if it were reused, the next caller's
 * commit would include work that was reported as failed.
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

/** How long to wait for an optional answer. */
const patienceMs = 1500;

/**
 * Limits the wait for a database answer that the caller can do without: a database that hangs gives neither answers nor
 * errors.
 * @throws DatabaseAwayError when it does not arrive in time; a later answer is ignored
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
