import { BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, CONFIG } from '../../config';

/** Time limit for closing everything else after the last answer. */
const closingMs = 5000;
/** Interval between checks for connections that have become idle. */
const idleCheckMs = 100;

/** Shuts the process down: it reports itself unready, then stops accepting requests and answers those in progress. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Main');
  private readonly open = new Set<Response>();
  private begun = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly http: HttpAdapterHost,
  ) {}

  get draining(): boolean {
    return this.begun;
  }

  /** Counts open requests; during shutdown, answers ask clients to use a new connection for the next request. */
  readonly watch = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.begun) response.setHeader('Connection', 'close');
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    next();
  };

  /** Runs before Nest closes the server and waits for its connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.begun = true;
    for (const response of this.open) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    const { delayMs, limitMs } = this.config.drain;
    await pause(delayMs);
    const server: Server = this.http.httpAdapter.getHttpServer();
    setInterval(() => server.closeIdleConnections(), idleCheckMs).unref();
    setTimeout(() => {
      this.logger.warn(`${this.open.size} requests were cut off at the end of the grace period`);
      server.closeAllConnections();
    }, limitMs).unref();
    setTimeout(() => {
      this.logger.error('Shutdown took too long; exiting anyway');
      process.exit(1);
    }, limitMs + closingMs).unref();
  }
}
