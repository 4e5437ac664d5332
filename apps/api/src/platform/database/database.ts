import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, EntityManager, QueryFailedError } from 'typeorm';

/** Gives repositories the entity manager of the current transaction, or the plain one outside of any. */
@Injectable()
export class Database {
  private readonly running = new AsyncLocalStorage<EntityManager>();

  constructor(private readonly dataSource: DataSource) {}

  get manager(): EntityManager {
    return this.running.getStore() ?? this.dataSource.manager;
  }

  get inTransaction(): boolean {
    return this.running.getStore() !== undefined;
  }

  /** Runs `work` in a transaction, joining the caller's if there is one. */
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
