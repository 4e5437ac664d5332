import type { RequestHandler } from 'express';
import type { Metrics } from './metrics';
import { routeOf } from './route-of';
import { statusOf } from './status-of';

/** Counts and times every request. */
export function httpMetrics(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once('close', () => {
      metrics.requests.observe(
        {
          method: request.method,
          route: routeOf(request),
          status: statusOf(response),
        },
        (performance.now() - started) / 1000,
      );
    });
    next();
  };
}
