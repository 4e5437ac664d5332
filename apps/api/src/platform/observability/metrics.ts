import { Injectable, Logger } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestHandler, NextFunction, Request, Response } from 'express';
import { routeOf, statusOf, requestIdOf, withRequestId } from '../http/request-facts';

/** Buckets in seconds, from a small network's time per image to longer than any client waits. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Metrics of the process (memory, event loop, garbage collection) and of HTTP requests; other modules add theirs. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly requests = this.histogram(
    'coatrack_http_request_duration_seconds',
    'Duration of HTTP requests by route, from the first byte to the end of the answer',
    ['method', 'route', 'status'],
  );
  readonly wrongKeys = new Counter({
    name: 'coatrack_wrong_keys_total',
    help: 'Requests with a key that is unknown or has expired',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param buckets in seconds unless the name says otherwise */
  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets = durations,
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  /** @param collect sets the values whenever the metrics are read; the gauge is reset before */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ): void {
    new Gauge<L>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      async collect() {
        this.reset();
        await collect(this);
      },
    });
  }
}

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

const logger = new Logger('Request');

/** Paths that machines poll every few seconds; their log lines would hide all others. */
const unlogged = /^\/(health|metrics|v2\/health)(\/|$)/;

/** Logs one line per request when its answer has ended, without headers and query, as they may contain secrets. */
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
