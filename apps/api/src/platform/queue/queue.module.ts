import { BullModule, getQueueToken } from '@nestjs/bull';
import { DynamicModule, Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config';
import { BullQueue } from './bull-queue';
import { JobQueue, queueName } from './job-queue';
import { PgBossQueue } from './pg-boss-queue';

/** Provides Bull if Redis is configured, otherwise pg-boss in the same Postgres. */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(private readonly queue: JobQueue) {}

  static forRoot({ redisUrl, databaseUrl }: Config): DynamicModule {
    const base = { module: QueueModule, global: true, exports: [JobQueue] };
    if (!redisUrl) {
      const queue = { provide: JobQueue, useFactory: () => new PgBossQueue(databaseUrl) };
      return { ...base, providers: [queue] };
    }
    return {
      ...base,
      imports: [BullModule.registerQueue({ name: queueName, url: redisUrl, prefix: 'coatrack' })],
      providers: [
        {
          provide: JobQueue,
          useFactory: (queue) => new BullQueue(queue),
          inject: [getQueueToken(queueName)],
        },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
  }
}
