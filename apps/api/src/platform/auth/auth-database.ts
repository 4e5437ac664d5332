import { Inject, Injectable } from '@nestjs/common';
import { Pool, type QueryResultRow } from 'pg';
import { type Config, CONFIG } from '../../config';
import { DatabaseAwayError, isPassing } from '../database/database-away';

/** Time limit for a database that does not answer. */
const timeoutMs = 1000;

/** Dedicated connections for authentication, so that neither a frozen database nor a busy pool delays every request. */
@Injectable()
export class AuthDatabase {
  private readonly pool: Pool;

  constructor(@Inject(CONFIG) { databaseUrl }: Config) {
    this.pool = new Pool({
      connectionString: databaseUrl,
      max: 2,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      application_name: 'coatrack auth',
    });
    // An idle connection that breaks is replaced by the next query.
    this.pool.on('error', () => undefined);
  }

  /**
   * Runs one statement.
   * @throws DatabaseAwayError after at most a second for a connection and a second for the statement
   */
  async query<T extends QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    try {
      return (await this.pool.query<T>(text, values)).rows;
    } catch (error) {
      throw isPassing(error) ? new DatabaseAwayError(error as Error) : error;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
