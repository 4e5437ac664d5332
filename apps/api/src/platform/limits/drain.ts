import { BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, CONFIG } from '../../config';

/** What else closes after the last answer may take this long. */
const closingMs = 5000;
/** A connection whose answer had begun before the end is found to be idle this soon after it. */
const idleCheckMs = 100;

/** The process's end: first it says that it is not ready, then it takes nothing new and answers what it has taken. */
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

  /** Once shutdown has begun, every answer asks its client to open a new connection for the next request. */
  readonly watch = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.begun) response.setHeader('Connection', 'close');
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    next();
  };

  /** Nest closes the server after this, and waits for its connections. */
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
      this.logger.warn(`${this.open.size} requests were cut off: the time for their end is over`);
      server.closeAllConnections();
    }, limitMs).unref();
    setTimeout(() => {
      this.logger.error('Something did not close in time');
      process.exit(1);
    }, limitMs + closingMs).unref();
  }
}
