import { type DomainError, cancelled } from '../../platform/errors/domain-error';
import { BatchQueue, type Part } from './batch-queue';
import { gather, spread } from './batch-rows';
import { ImageBuffers } from './image-buffers';
import { EngineSlot, type EngineSlotOptions, type Waiting } from './engine-slot';
import { deadlineExceeded, queueFull } from '../serving-errors';

/** What a batcher runs its batches on. */
interface BatchRunner {
  /**
   * @param images [batch, …]; may be transferred to another thread
   * @returns outputs [batch, classes], on request features [batch, features], the time in the engine, and the images' array
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
  /** Most images in a batch. */
  maxBatch: number;
  /** How long an image may be held back, while the engine is free, for others to join it; usually 0. */
  maxDelayMs: number;
  /** Images that may wait; a single larger request is taken where none waits. */
  queueLimit: number;
  /** Batches that run side by side. */
  instances: number;
  /** What the model was seen to do before; until the first batch nothing else is known. */
  imagesPerSecond?: number;
  onBatch?(batch: { images: number; computeMs: number }): void;
}

interface BatcherStats {
  /** Images that have room and are not in the engine. */
  waiting: number;
  /** Batches in the engine. */
  running: number;
  executions: number;
  /** Images that have been run. */
  images: number;
  /** How many batches there were of each size. */
  batchSizes: Record<number, number>;
  /** Sum over images. */
  queueMs: number;
  /** Sum over executions. */
  computeMs: number;
  /** Images for which there was no room. */
  refused: number;
  /** Images taken away before they ran: given up, or past their deadline. */
  withdrawn: number;
  failures: number;
  imagesPerSecond: number | null;
}

/**
 * Gathers images of many requests into batches. An engine that is free takes what there is at once; while it is busy,
 * images gather. A full batch is handed over ahead, so that the engine does not wait for it.
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
  /** Images that have room and are not in the engine. */
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
   * Takes room for images, which then are decoded and handed in; `leave` gives it back.
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
    // What else comes in this turn of the event loop goes into the same batch.
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

  /** Instances that are free share what there is, unless images are held back for large batches. */
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

/** Share of the newest batch in the moving average. */
const momentum = 0.1;
/** Until a batch has been seen. */
const unknownMs = 1000;

/** How fast a model has been lately. */
export class Throughput {
  /** @param imagesPerSecond what is known from before */
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
