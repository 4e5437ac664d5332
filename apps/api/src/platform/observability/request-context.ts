import { AsyncLocalStorage } from 'node:async_hooks';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf } from '../http/request-id';

const requests = new AsyncLocalStorage<string>();

/** What is logged while a request is answered bears its id. */
export function keepRequestId(_request: Request, response: Response, next: NextFunction): void {
  requests.run(requestIdOf(response), next);
}

export function withRequestId<T>(id: string, act: () => T): T {
  return requests.run(id, act);
}

/** Of the request that is being answered. */
export function currentRequestId(): string | undefined {
  return requests.getStore();
}
