import { type DomainError, cancelled } from '../../platform/errors/domain-error';
import type { Priority, Queued } from './batch-queue';
import { deadlineExceeded } from '../serving-errors';

export interface EngineSlotOptions {
  /** Takes away what waits when it is aborted. */
  signal?: AbortSignal;
  /** By performance.now(), in ms; what has not been answered by then is taken away. */
  deadline?: number;
  /** Default: normal. */
  priority?: Priority;
}

/** What became of images that were handed in together. */
export interface BatchedOutput {
  /** [images, classes], as the model gives them */
  outputs: Float32Array;
  /** [images, features], where they were asked for */
  features?: Float32Array;
  /** Until the first of them was in the engine. */
  queueMs: number;
  /** In the engine, over all batches that they were in. */
  computeMs: number;
  /** Of those batches, in images. */
  batchSizes: number[];
}

/** Images in the queue that were handed in together. */
export interface Waiting extends Queued {
  place: EngineSlot;
  images: Float32Array;
  wantsFeatures: boolean;
  enteredAt: number;
  /** How many have been run. */
  done: number;
  result: BatchedOutput;
  resolve(output: BatchedOutput): void;
  reject(error: Error): void;
}

/** What a place needs of its batcher. */
interface Room {
  enter(entry: Waiting): void;
  /** Gives up entries, and the room for this many images. */
  giveUp(entries: Iterable<Waiting>, images: number): void;
}

/** Room in a batcher's queue, taken before there is anything to put into it. */
export class EngineSlot {
  private readonly priority: Priority;
  private readonly entries = new Set<Waiting>();
  private readonly signal?: AbortSignal;
  private readonly timer?: NodeJS.Timeout;
  /** Images that have room and are not in the engine yet. */
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
   * Hands in some of the images that there is room for.
   * @param images [count, …], which the caller gives up
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

  /** To be called in the end, whatever happened: gives back the room that was not used. */
  leave(): void {
    this.end(cancelled());
  }

  /** Called when the batcher has put this many images into the engine. */
  started(images: number): void {
    this.pending -= images;
  }

  /** The batcher is done with an entry. */
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
