import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf, withRequestId } from '../http/request-id';
import { routeOf, statusOf } from '../http/request-facts';

const logger = new Logger('Request');

/** Asked every few seconds by machines: their lines would hide all others. */
const unlogged = /^\/(health|metrics|v2\/health)(\/|$)/;

/** A line a request, when its answer has ended. Neither headers nor the query: either may hold a secret. */
export function logRequests(request: Request, response: Response, next: NextFunction): void {
  const { method, path } = request;
  if (unlogged.test(path)) return next();
  const started = performance.now();
  response.once('close', () => {
    const ms = Math.round((performance.now() - started) * 100) / 100;
    const route = routeOf(request);
    const status = statusOf(response);
    const message = `${method} ${path} ${status}`;
    withRequestId(requestIdOf(response), () =>
      logger.log({ message, method, path, route, status, ms }),
    );
  });
  next();
}
