import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { ImageOutcome, ImageTask } from './image.thread';

/** Decoding itself runs in libuv's pool, which all threads share and which has four threads of its own. */
const mostThreads = 4;

/**
 * Tasks that a thread is given before it has done the ones before. They are handed out at once, since an engine may block the
 * main thread for seconds.
 */
const tasksAhead = 4096;

/** Threads that decode, augment, resize and normalise images. */
export class ImageThreads {
  private readonly pool: Piscina<ImageTask, ImageOutcome[]>;

  constructor(threads = Math.min(availableParallelism(), mostThreads)) {
    this.pool = new Piscina({
      // The compiled file, whether the sources run or what was compiled from them.
      filename: join(__dirname, '../../dist/pipeline/image.thread.js'),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksAhead,
    });
  }

  /** Renders images in one thread, into the task's target; returns an outcome for each, in their order. */
  render(task: ImageTask): Promise<ImageOutcome[]> {
    return this.pool.run(task);
  }

  /** Ends the threads. Tasks under way are rejected. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
