import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { ImageOutcome, ImageTask } from './image.thread';

/** Maximum number of threads. Decoding itself runs in libuv's pool of four threads, which all of them share. */
const mostThreads = 4;

/**
 * Number of tasks that a thread may have queued. They are handed out at once because an engine may block the main thread for
 * seconds.
 */
const tasksAhead = 4096;

/** Threads that decode, augment, resize and normalise images. */
export class ImageThreads {
  private readonly pool: Piscina<ImageTask, ImageOutcome[]>;

  constructor(threads = Math.min(availableParallelism(), mostThreads)) {
    this.pool = new Piscina({
      // The compiled file, whether this runs from the sources or compiled.
      filename: join(__dirname, '../../dist/pipeline/image.thread.js'),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksAhead,
    });
  }

  /** Renders images in one thread into the task's target. Returns one outcome per image, in order. */
  render(task: ImageTask): Promise<ImageOutcome[]> {
    return this.pool.run(task);
  }

  /** Ends the threads and rejects tasks under way. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
