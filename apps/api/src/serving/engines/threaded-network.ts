import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DomainError } from '../../platform/errors/domain-error';
import {
  type ModelOutput,
  type NetworkFacts,
  inferenceFailed,
  tooSlow,
  type BatchTime,
} from './executor';
import type { ThreadReply, ThreadRequest } from './thread-protocol';

/** Time that a thread has to end by itself. */
const closeGraceMs = 5000;

const logger = new Logger('Serving');
/** Matches the message for a thread that was asked to close, or was terminated. */
const endedInOrder = /ended with code [01]$/;

interface Running {
  resolve(output: ModelOutput): void;
  reject(error: DomainError): void;
}

/** A network in its own thread, as ONNX Runtime and TensorFlow.js block the thread that calls them. */
export class ThreadedNetwork {
  private readonly running = new Map<number, Running>();
  private readonly lostCallbacks: ((reason: string) => void)[] = [];
  private lastId = 0;
  private lost?: string;
  private released = false;
  private readonly exited: Promise<void>;

  private constructor(
    private readonly thread: Worker,
    readonly facts: NetworkFacts,
  ) {
    thread.on('message', (message: ThreadReply) => this.settle(message));
    thread.on('error', ({ message }) => this.lose(message));
    this.exited = new Promise((resolve) => {
      thread.on('exit', (code) => {
        this.lose(`its thread ended with code ${code}`);
        resolve();
      });
    });
    // An idle thread must not keep the process alive.
    thread.unref();
  }

  /** @throws DomainError INFERENCE_FAILED */
  static async load(
    script: string,
    workerData: object,
    signal?: AbortSignal,
  ): Promise<ThreadedNetwork> {
    if (signal?.aborted) throw inferenceFailed(tooSlow);
    const thread = new Worker(script, { workerData });
    // Failures reach those that await the promise; unhandled, they would end the process.
    thread.on('error', () => undefined);
    const onAbort = () => terminated(thread);
    signal?.addEventListener('abort', onAbort);
    try {
      const reply = await firstReply(thread);
      if (reply.type === 'loaded' && !signal?.aborted)
        return new ThreadedNetwork(thread, reply.facts);
      await terminated(thread);
      throw inferenceFailed(reply.type === 'unloadable' ? reply.reason : 'it answered out of turn');
    } catch (error) {
      throw signal?.aborted ? inferenceFailed(tooSlow) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Number of batches in progress. */
  get load(): number {
    return this.running.size;
  }

  run(images: Float32Array, batch: number, { features }: { features: boolean }) {
    return new Promise<ModelOutput>((resolve, reject) => {
      if (this.lost !== undefined) return reject(inferenceFailed(this.lost));
      const id = ++this.lastId;
      this.running.set(id, { resolve, reject });
      const request: ThreadRequest = { type: 'run', id, images, batch, features };
      this.thread.postMessage(request, [images.buffer as ArrayBuffer]);
    });
  }

  onLost(callback: (reason: string) => void): void {
    this.lostCallbacks.push(callback);
  }

  /** Ends the thread without waiting for its runs. */
  giveUp(): void {
    this.released = true;
    void terminated(this.thread);
  }

  /** Resolves when the memory is free. Never rejects: a thread that fails while it closes is gone too. */
  async release(): Promise<void> {
    if (!this.released && this.lost === undefined) {
      this.thread.ref();
      const request: ThreadRequest = { type: 'close' };
      this.thread.postMessage(request);
    }
    this.released = true;
    await Promise.race([this.exited, pause(closeGraceMs, undefined, { ref: false })]);
    await terminated(this.thread);
  }

  private settle(message: ThreadReply): void {
    if (message.type !== 'done' && message.type !== 'failed') return;
    const running = this.running.get(message.id);
    this.running.delete(message.id);
    if (message.type === 'done') running?.resolve(message.output);
    else running?.reject(inferenceFailed(message.reason));
  }

  private lose(reason: string): void {
    if (this.lost !== undefined) return;
    this.lost = reason;
    for (const { reject } of this.running.values()) reject(inferenceFailed(reason));
    this.running.clear();
    if (!this.released) for (const callback of this.lostCallbacks) callback(reason);
    else if (!endedInOrder.test(reason)) logger.warn(`A model's thread failed to close: ${reason}`);
  }
}

/** Terminates the thread and waits for its end; native code is not interrupted. */
async function terminated(thread: Worker): Promise<void> {
  await thread
    .terminate()
    .catch(({ message }: Error) => logger.warn(`A thread could not be terminated: ${message}`));
}

/** Waits for the first reply, or reports why the thread ended without one. */
function firstReply(thread: Worker): Promise<ThreadReply> {
  return new Promise((resolve, reject) => {
    const fail = ({ message }: Error) => settle(() => reject(inferenceFailed(message)));
    const exit = (code: number) => fail(new Error(`its thread ended with code ${code}`));
    const answer = (message: ThreadReply) => settle(() => resolve(message));
    const settle = (done: () => void) => {
      thread.off('message', answer).off('error', fail).off('exit', exit);
      done();
    };
    thread.on('message', answer).on('error', fail).on('exit', exit);
  });
}

/** Number of warm-up runs: the first ones allocate memory, choose kernels and fill caches. */
const runs = 3;
/** Limit on the warm-up, so that a slow network is not kept from its first request. */
const patienceMs = 3000;

interface Runner {
  run(images: Float32Array, batch: number, options: { features: boolean }): Promise<ModelOutput>;
}

/**
 * Runs blank images in batches of each size, smallest first, until the network reaches full speed.
 * @returns the best time of each batch size that was tried within the limit
 */
export async function warmUp(
  network: Runner,
  { imageSize, batches }: { imageSize: number; batches: number[] },
): Promise<BatchTime[]> {
  const started = performance.now();
  const left = () => patienceMs - (performance.now() - started);
  const times: BatchTime[] = [];
  for (const batch of batches) {
    const [single] = times;
    if (single && single.ms * batch > left()) break;
    let ms = Infinity;
    let images: Float32Array = new Float32Array(batch * 3 * imageSize * imageSize);
    for (let run = 0; run < runs && (run === 0 || left() > 0); run++) {
      const output = await network.run(images, batch, { features: false });
      ms = Math.min(ms, output.computeMs);
      ({ images } = output);
    }
    times.push({ batch, ms });
  }
  return times;
}

/** Returns the best throughput in images per second. */
export function bestRate(times: readonly BatchTime[]): number {
  return Math.max(0, ...times.map(({ batch, ms }) => (batch * 1000) / ms));
}
