import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { AsyncLocalStorage } from 'node:async_hooks';

const header = 'X-Request-Id';

/** Assigns an id to every request, the caller's own if that is valid, and returns it in the response's header. */
export function assignRequestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(header);
  response.setHeader(header, given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID());
  next();
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(header));
}

const requests = new AsyncLocalStorage<string>();

/** Makes the id available to log lines while the request is answered. */
export function keepRequestId(_request: Request, response: Response, next: NextFunction): void {
  requests.run(requestIdOf(response), next);
}

export function withRequestId<T>(id: string, act: () => T): T {
  return requests.run(id, act);
}

/** Returns the id of the request that is being answered. */
export function currentRequestId(): string | undefined {
  return requests.getStore();
}

/** Returns the route's pattern; unlike paths, patterns are limited in number. */
export function routeOf({ route }: Request): string {
  return typeof route?.path === 'string' ? route.path : 'none';
}

/** Returns the status of a finished response: `aborted` when the client closed the connection before its end. */
export function statusOf(response: Response): number | 'aborted' {
  return response.writableFinished ? response.statusCode : 'aborted';
}
