import { Logger } from '@nestjs/common';
import PgBoss from 'pg-boss';
import { JobQueue, queueName, wakeKey, type Wake } from './job-queue';

const pollMs = 1000;
const connectTimeoutMs = 5000;

/**
 * The queue in the same Postgres. Messages are acknowledged on receipt, as pg-boss lets a message stay active for at most
 * a day; the job's heartbeat guards the run.
 */
export class PgBossQueue extends JobQueue {
  private readonly logger = new Logger('Queue');
  private readonly boss: PgBoss;
  private started?: Promise<void>;
  private loop?: Promise<void>;
  private readonly stopping = new AbortController();

  constructor(connectionString: string) {
    super();
    // pg-boss passes further options to pg's pool.
    const pool = { connectionString, max: 2, connectionTimeoutMillis: connectTimeoutMs };
    this.boss = new PgBoss({ ...pool, schema: 'pgboss', schedule: false });
    this.boss.on('error', (error) => this.logger.warn(`Postgres queue: ${error.message}`));
  }

  private start(): Promise<void> {
    this.started ??= this.boss
      .start()
      // "short" allows only one waiting message per key.
      .then(() =>
        this.boss.createQueue(queueName, { name: queueName, policy: 'short', retryLimit: 0 }),
      )
      .catch((error: unknown) => {
        this.started = undefined;
        throw error;
      });
    return this.started;
  }

  async enqueue(wake: Wake): Promise<void> {
    await this.start();
    await this.boss.send(queueName, { jobId: wake.id }, { singletonKey: wakeKey(wake) });
  }

  async consume(handler: (jobId: string) => Promise<void>): Promise<void> {
    await this.start();
    this.loop = this.poll(handler);
  }

  private async poll(handler: (jobId: string) => Promise<void>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const jobId = await this.next();
      if (jobId) await handler(jobId);
      else await pause(pollMs, this.stopping.signal);
    }
  }

  private async next(): Promise<string | undefined> {
    try {
      const [message] = await this.boss.fetch<{ jobId: string }>(queueName, { batchSize: 1 });
      if (!message) return undefined;
      await this.boss.complete(queueName, message.id);
      return message.data.jobId;
    } catch (error) {
      this.logger.warn(`The queue cannot be read; trying again: ${(error as Error).message}`);
      return undefined;
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.started) await this.boss.stop({ graceful: false });
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
