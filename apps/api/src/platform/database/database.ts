import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, EntityManager, QueryFailedError } from 'typeorm';

/** What services know of transactions: everything that `work` stores happens, or nothing does. */
export abstract class Transactions {
  /** Joins a transaction that is already running around the caller. */
  abstract transaction<T>(work: () => Promise<T>): Promise<T>;
}

/** What TypeORM adapters share: the running transaction's entity manager, else the plain one. */
@Injectable()
export class Database extends Transactions {
  private readonly running = new AsyncLocalStorage<EntityManager>();

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  get manager(): EntityManager {
    return this.running.getStore() ?? this.dataSource.manager;
  }

  get inTransaction(): boolean {
    return this.running.getStore() !== undefined;
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.running.getStore()) return work();
    return this.dataSource.transaction((manager) => this.running.run(manager, work));
  }
}

const foreignKeyViolation = '23503';
const uniqueViolation = '23505';

export function violatesForeignKey(error: unknown): boolean {
  return error instanceof QueryFailedError && error.driverError.code === foreignKeyViolation;
}

export function violatesUnique(error: unknown, constraint: string): boolean {
  return (
    error instanceof QueryFailedError &&
    error.driverError.code === uniqueViolation &&
    error.driverError.constraint === constraint
  );
}
