import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { JobQueue, wakeKey, type Wake } from './job-queue';

interface BullMessage {
  jobId: string;
}

/** The queue on Redis. A message stays active for as long as the handler runs. */
export class BullQueue extends JobQueue {
  private readonly logger = new Logger('Queue');

  constructor(private readonly queue: Queue<BullMessage>) {
    super();
    queue.on('error', (error) => this.logger.warn(`Redis queue: ${error.message}`));
  }

  async enqueue(wake: Wake): Promise<void> {
    await this.queue.add(
      { jobId: wake.id },
      // Bull keeps one message per id; a finished one must be removed, or it would block the next.
      { jobId: wakeKey(wake), removeOnComplete: true, removeOnFail: true },
    );
  }

  async consume(handler: (jobId: string) => Promise<void>): Promise<void> {
    // Bull's promise settles only when the queue closes.
    this.queue
      .process(1, (message) => handler(message.data.jobId))
      .catch((error: Error) => this.logger.error(`The Redis queue stopped: ${error.message}`));
    await this.queue.isReady();
  }

  async stop(): Promise<void> {
    await this.queue.pause(true);
  }

  async close(): Promise<void> {
    await this.queue.close();
  }
}
