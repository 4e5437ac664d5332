import { type DomainError, cancelled } from '../../platform/errors/domain-error';
import type { Priority, Queued } from './batch-queue';
import { deadlineExceeded } from '../serving-errors';

export interface EngineSlotOptions {
  /** Drops the waiting images when aborted. */
  signal?: AbortSignal;
  /** In ms on the clock of performance.now(); images that are unanswered by then are dropped. */
  deadline?: number;
  /** Default: normal. */
  priority?: Priority;
}

/** Result of images that were submitted together. */
export interface BatchedOutput {
  /** [images, classes], as the model returns them */
  outputs: Float32Array;
  /** [images, features], if they were requested */
  features?: Float32Array;
  /** Time until the first of them entered the engine. */
  queueMs: number;
  /** Time in the engine, summed over all batches that they were in. */
  computeMs: number;
  /** Sizes of those batches, in images. */
  batchSizes: number[];
}

/** Images in the queue that were submitted together. */
export interface Waiting extends Queued {
  place: EngineSlot;
  images: Float32Array;
  wantsFeatures: boolean;
  enteredAt: number;
  /** Number of images that have run. */
  done: number;
  result: BatchedOutput;
  resolve(output: BatchedOutput): void;
  reject(error: Error): void;
}

/** The part of a batcher that a slot uses. */
interface Room {
  enter(entry: Waiting): void;
  /** Drops entries and returns the room of this many images. */
  giveUp(entries: Iterable<Waiting>, images: number): void;
}

/** Room in a batcher's queue, reserved before the images arrive. */
export class EngineSlot {
  private readonly priority: Priority;
  private readonly entries = new Set<Waiting>();
  private readonly signal?: AbortSignal;
  private readonly timer?: NodeJS.Timeout;
  /** Images that have room but are not in the engine yet. */
  private pending: number;
  private failure?: DomainError;

  constructor(
    images: number,
    { signal, deadline, priority = 'normal' }: EngineSlotOptions,
    private readonly room: Room,
  ) {
    this.pending = images;
    this.priority = priority;
    this.signal = signal;
    signal?.addEventListener('abort', this.onAbort);
    if (deadline !== undefined) {
      const left = deadline - performance.now();
      this.timer = setTimeout(() => this.end(deadlineExceeded()), left);
    }
  }

  /**
   * Submits some of the images that room was reserved for.
   * @param images [count, …]; the caller must not use the array afterwards
   * @throws DomainError DEADLINE_EXCEEDED, CANCELLED, INFERENCE_FAILED
   */
  run(
    images: Float32Array,
    count: number,
    { features: wantsFeatures = false } = {},
  ): Promise<BatchedOutput> {
    return new Promise((resolve, reject) => {
      this.throwIfOver();
      const entry: Waiting = {
        place: this,
        priority: this.priority,
        images,
        count,
        wantsFeatures,
        resolve,
        reject,
        taken: 0,
        done: 0,
        enteredAt: performance.now(),
        result: { outputs: new Float32Array(0), queueMs: 0, computeMs: 0, batchSizes: [] },
      };
      this.entries.add(entry);
      this.room.enter(entry);
    });
  }

  /** @throws DomainError DEADLINE_EXCEEDED, CANCELLED */
  throwIfOver(): void {
    if (this.failure) throw this.failure;
  }

  /** Returns the unused room. Must be called in the end, whatever happened. */
  leave(): void {
    this.end(cancelled());
  }

  /** Called when the batcher has put this many images into the engine. */
  started(images: number): void {
    this.pending -= images;
  }

  /** Called when the batcher is done with an entry. */
  finished(entry: Waiting): void {
    this.entries.delete(entry);
  }

  private readonly onAbort = () => this.end(cancelled());

  private end(failure: DomainError): void {
    if (this.failure) return;
    this.failure = failure;
    this.signal?.removeEventListener('abort', this.onAbort);
    clearTimeout(this.timer);
    this.room.giveUp(this.entries, this.pending);
    for (const { reject } of this.entries) reject(failure);
    this.entries.clear();
  }
}
