import type { Request, Response } from 'express';

/** Returns the route's pattern, which unlike its paths is one of a limited number. */
export function routeOf({ route }: Request): string {
  return typeof route?.path === 'string' ? route.path : 'none';
}

/** Returns the status of a finished response: `aborted` when the client closed the connection before its end. */
export function statusOf(response: Response): number | 'aborted' {
  return response.writableFinished ? response.statusCode : 'aborted';
}
