import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { jobChannel } from './postgres-job-store';

const reconnectMs = 2000;

/**
 * Says when a job may have new events. One connection of its own listens while anybody waits.
 * A hint only: what was told while the connection was down is lost, so waiters also look on their own.
 */
export class JobNotifications {
  private readonly logger = new Logger('Jobs');
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private client?: Client;
  private connecting = false;
  private retry?: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly connectionString: string) {}

  /** Calls back on each hint about the job until the returned function is called. */
  subscribe(jobId: string, callback: () => void): () => void {
    this.emitter.on(jobId, callback);
    void this.connect();
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
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    if (this.client || this.connecting || this.closed) return;
    this.connecting = true;
    const client = new Client({ connectionString: this.connectionString, keepAlive: true });
    client.on('notification', ({ payload }) => payload && this.emitter.emit(payload));
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${jobChannel}`);
      this.client = client;
      if (this.closed) await client.end();
      else this.wakeAll();
    } catch (error) {
      this.logger.warn(`Live job events lag behind for now: ${(error as Error).message}`);
      client.end().catch(() => undefined);
      this.reconnectLater();
    } finally {
      this.connecting = false;
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
    this.retry = setTimeout(() => void this.connect(), reconnectMs).unref();
  }

  private wakeAll(): void {
    for (const name of this.emitter.eventNames()) this.emitter.emit(name);
  }
}
