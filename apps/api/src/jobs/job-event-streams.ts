import { once } from 'node:events';
import { Injectable, OnModuleDestroy } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { parseOrFail } from '../platform/errors/invalid-request';
import { isTerminal } from './job-state';
import { followEvents } from './job-event-feed';
import { JobNotifications } from './job-notifications';
import { JobEventLog } from './job-event-log';
import type { JobEvent } from './job-events';
import { JobRepository } from './job-repository';

const lastEventId = z
  .string()
  .regex(/^\d{1,9}$/, 'must be the id of an event: a whole number')
  .transform(Number)
  .default(0);

const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Sends jobs' events as server-sent events. */
@Injectable()
export class JobEventStreams implements OnModuleDestroy {
  private readonly open = new Set<AbortController>();
  private closing = false;

  constructor(
    private readonly jobs: JobRepository,
    private readonly log: JobEventLog,
    private readonly notifications: JobNotifications,
  ) {}

  /** Streams a job's events until the job, the client or the process ends. */
  async send(id: string, last: string | undefined, response: Response): Promise<void> {
    const after = parseOrFail(lastEventId, last, 'Last-Event-ID');
    const job = await this.jobs.find(id);
    // An EventSource reconnects whenever a stream ends; 204 makes it stop.
    if (isTerminal(job.state) && (await this.log.read(id, after, 1)).length === 0) {
      response.status(204).end();
      return;
    }
    if (response.req.method === 'HEAD') {
      response.writeHead(200, streamHeaders).end();
      return;
    }
    const ending = new AbortController();
    const end = () => ending.abort();
    response.once('close', end);
    this.open.add(ending);
    // Clients that reconnect during shutdown are sent away at once.
    if (this.closing) end();
    try {
      await this.pump(id, after, response, ending.signal);
      response.end();
    } finally {
      this.open.delete(ending);
      response.off('close', end);
    }
  }

  onModuleDestroy(): void {
    this.closing = true;
    for (const ending of this.open) ending.abort();
  }

  private async pump(
    id: string,
    after: number,
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    const source = { jobs: this.jobs, log: this.log, notifications: this.notifications };
    for await (const event of followEvents(source, id, after, signal)) {
      const accepted = response.write(event === 'idle' ? ': still here\n\n' : frame(event));
      if (!accepted) await once(response, 'drain', { signal }).catch(() => undefined);
    }
  }
}

function frame({ seq, data }: JobEvent): string {
  return `id: ${seq}\nevent: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
