import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { jobChannel } from './postgres-job-store';

const reconnectMs = 2000;

/**
 * Says when a job may have new events: one connection listens, from the first subscriber on.
 * A hint only: what was told while the connection was down is lost, so waiters also look on their own.
 */
export class JobNotifications {
  private readonly logger = new Logger('Jobs');
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private client?: Client;
  private connecting?: Promise<void>;
  private retry?: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly connectionString: string) {}

  /** Calls back on each hint about the job until the returned function is called. */
  subscribe(jobId: string, callback: () => void): () => void {
    this.emitter.on(jobId, callback);
    this.open();
    return () => this.emitter.off(jobId, callback);
  }

  /** How many callbacks are registered, over all jobs. */
  get subscribers(): number {
    return this.emitter
      .eventNames()
      .reduce((sum, name) => sum + this.emitter.listenerCount(name), 0);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.connecting;
    await this.client?.end();
  }

  private open(): void {
    if (this.client || this.connecting || this.closed) return;
    this.connecting = this.connect().finally(() => {
      this.connecting = undefined;
    });
  }

  private async connect(): Promise<void> {
    const client = new Client({ connectionString: this.connectionString, keepAlive: true });
    client.on('notification', ({ payload }) => payload && this.emitter.emit(payload));
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${jobChannel}`);
      this.client = client;
      this.wakeAll();
    } catch (error) {
      this.logger.warn(`Live job events lag behind for now: ${(error as Error).message}`);
      client.end().catch(() => undefined);
      this.reconnectLater();
    }
  }

  private lose(client: Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.reconnectLater();
  }

  private reconnectLater(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), reconnectMs).unref();
  }

  private wakeAll(): void {
    for (const name of this.emitter.eventNames()) this.emitter.emit(name);
  }
}
