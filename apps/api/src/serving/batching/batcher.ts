import { type DomainError, cancelled } from '../../platform/errors/domain-error';
import { BatchQueue, type Part } from './batch-queue';
import { gather, spread } from './batch-rows';
import { ImageBuffers } from './image-buffers';
import { EngineSlot, type EngineSlotOptions, type Waiting } from './engine-slot';
import { deadlineExceeded, queueFull } from '../serving-errors';

/** Runs the batches of a batcher. */
interface BatchRunner {
  /**
   * @param images [batch, …]; may be transferred to another thread
   * @returns outputs [batch, classes], features [batch, features] if requested, the time in the engine, and the images' array
   */
  run(
    images: Float32Array,
    batch: number,
    options: { features: boolean },
  ): Promise<{
    outputs: Float32Array;
    features?: Float32Array;
    computeMs: number;
    images: Float32Array;
  }>;
}

export interface BatcherOptions {
  /** Maximum number of images in a batch. */
  maxBatch: number;
  /** How long an image may wait for others to join it while the engine is free; usually 0. */
  maxDelayMs: number;
  /** Number of images that may wait. An empty queue accepts a single larger request. */
  queueLimit: number;
  /** Number of batches that run concurrently. */
  instances: number;
  /** Throughput measured earlier, used until the first batch has run. */
  imagesPerSecond?: number;
  onBatch?(batch: { images: number; computeMs: number }): void;
}

interface BatcherStats {
  /** Images admitted to the queue and not yet in the engine. */
  waiting: number;
  /** Batches in the engine. */
  running: number;
  executions: number;
  /** Images that have been run. */
  images: number;
  /** Number of batches of each size. */
  batchSizes: Record<number, number>;
  /** Sum over images. */
  queueMs: number;
  /** Sum over batches. */
  computeMs: number;
  /** Images that were refused because the queue was full. */
  refused: number;
  /** Images dropped before they ran: cancelled, or past their deadline. */
  withdrawn: number;
  failures: number;
  imagesPerSecond: number | null;
}

/**
 * Gathers the images of many requests into batches. A free engine takes whatever is waiting; while it is busy, images
 * accumulate. One full batch is handed over ahead of time, so that the engine never waits for it.
 */
export class Batcher {
  private readonly queue = new BatchQueue<Waiting>();
  private readonly throughput: Throughput;
  private readonly counts = {
    executions: 0,
    images: 0,
    queueMs: 0,
    computeMs: 0,
    refused: 0,
    withdrawn: 0,
    failures: 0,
  };
  private readonly batchSizes: Record<number, number> = {};
  /** Images admitted to the queue and not yet in the engine. */
  private waiting = 0;
  private running = 0;
  private pumping?: NodeJS.Immediate;
  private delay?: NodeJS.Timeout;

  constructor(
    private readonly runner: BatchRunner,
    private readonly options: BatcherOptions,
    private readonly buffers = new ImageBuffers(),
  ) {
    this.throughput = new Throughput(options.imagesPerSecond);
  }

  get maxBatch(): number {
    return this.options.maxBatch;
  }

  /** Whether the queue is full. */
  get full(): boolean {
    return this.waiting >= this.options.queueLimit;
  }

  /** Returns the error for requests whose images do not fit in the queue. */
  refusal(images: number): DomainError {
    this.counts.refused += images;
    return queueFull(this.throughput.msFor(this.waiting));
  }

  /**
   * Reserves room for images, which are then decoded and submitted; `leave` returns the room.
   * @throws DomainError QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED
   */
  admit(images: number, options: EngineSlotOptions = {}): EngineSlot {
    if (options.signal?.aborted) throw cancelled();
    if (options.deadline !== undefined && options.deadline <= performance.now()) {
      throw deadlineExceeded();
    }
    if (this.waiting > 0 && this.waiting + images > this.options.queueLimit) {
      throw this.refusal(images);
    }
    this.waiting += images;
    return new EngineSlot(images, options, {
      enter: (entry) => this.enter(entry),
      giveUp: (entries, left) => {
        for (const entry of entries) this.queue.remove(entry);
        this.waiting -= left;
        this.counts.withdrawn += left;
      },
    });
  }

  stats(): BatcherStats {
    return {
      ...this.counts,
      waiting: this.waiting,
      running: this.running,
      batchSizes: { ...this.batchSizes },
      imagesPerSecond: this.throughput.imagesPerSecond ?? null,
    };
  }

  private enter(entry: Waiting): void {
    this.queue.add(entry);
    // Images that arrive in the same turn of the event loop join the same batch.
    this.pumping ??= setImmediate(() => {
      this.pumping = undefined;
      this.pump();
    });
  }

  private pump(): void {
    const { maxBatch, instances } = this.options;
    while (this.queue.first) {
      const full = this.queue.images >= maxBatch;
      if (this.running >= (full ? 2 * instances : instances)) return;
      if (!full && this.heldBack(this.queue.first)) return;
      void this.execute(this.queue.take(Math.min(maxBatch, this.share())));
    }
  }

  /**
   * Returns the size of the next batch: free instances share the waiting images, unless images are held back to fill batches.
   */
  private share(): number {
    const free = this.options.instances - this.running;
    if (this.options.maxDelayMs > 0 || free <= 1) return this.queue.images;
    return Math.ceil(this.queue.images / free);
  }

  private heldBack({ enteredAt }: Waiting): boolean {
    const left = enteredAt + this.options.maxDelayMs - performance.now();
    if (left <= 0) return false;
    this.delay ??= setTimeout(() => {
      this.delay = undefined;
      this.pump();
    }, left);
    return true;
  }

  private async execute(parts: Part<Waiting>[]): Promise<void> {
    const images = parts.reduce((sum, { count }) => sum + count, 0);
    this.running++;
    this.waiting -= images;
    for (const { entry, count } of parts) entry.place.started(count);
    try {
      const features = parts.some(({ entry }) => entry.wantsFeatures);
      const output = await this.runner.run(gather(parts, this.buffers), images, { features });
      this.buffers.give(output.images);
      this.count(parts, images, output.computeMs);
      spread(parts, images, output);
    } catch (error) {
      this.counts.failures++;
      for (const { entry } of parts) {
        this.queue.remove(entry);
        entry.place.finished(entry);
        entry.reject(error as Error);
      }
    } finally {
      this.running--;
      this.pump();
    }
  }

  private count(parts: Part<Waiting>[], images: number, computeMs: number): void {
    const { counts, batchSizes } = this;
    const started = performance.now() - computeMs;
    counts.executions++;
    counts.images += images;
    counts.computeMs += computeMs;
    batchSizes[images] = (batchSizes[images] ?? 0) + 1;
    for (const { entry, count, from } of parts) {
      const queueMs = Math.max(0, started - entry.enteredAt);
      counts.queueMs += queueMs * count;
      if (from === 0) entry.result.queueMs = queueMs;
      entry.result.computeMs += computeMs;
      entry.result.batchSizes.push(images);
    }
    const sideBySide = Math.min(this.running, this.options.instances);
    this.throughput.observe(sideBySide * images, computeMs);
    this.options.onBatch?.({ images, computeMs });
  }
}

/** Weight of the newest batch in the moving average. */
const momentum = 0.1;
/** Estimate until a batch has run. */
const unknownMs = 1000;

/** Tracks a model's recent throughput. */
export class Throughput {
  /** @param average images per second measured earlier */
  constructor(private average?: number) {}

  get imagesPerSecond(): number | undefined {
    return this.average;
  }

  observe(images: number, computeMs: number): void {
    const rate = (images * 1000) / Math.max(computeMs, 0.01);
    this.average =
      this.average === undefined ? rate : this.average + momentum * (rate - this.average);
  }

  /** Returns the estimated time for this many images, in ms. */
  msFor(images: number): number {
    return this.average === undefined ? unknownMs : (images * 1000) / this.average;
  }
}
