import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { DomainError } from '../errors/domain-error';
import type { ModelOutput, NetworkFacts } from './executor';
import { inferenceFailed } from './executor-errors';
import type { ThreadReply, ThreadRequest } from './thread-protocol';

/** A thread may take this long to end in an orderly way. */
const closeGraceMs = 5000;

interface Running {
  resolve(output: ModelOutput): void;
  reject(error: DomainError): void;
}

/** A network in a thread of its own: ONNX Runtime and TensorFlow.js compute in the thread that calls them. */
export class ThreadModel {
  private readonly running = new Map<number, Running>();
  private readonly lostCallbacks: ((reason: string) => void)[] = [];
  private lastId = 0;
  private lost?: string;
  private released = false;

  private constructor(
    private readonly thread: Worker,
    readonly facts: NetworkFacts,
  ) {
    thread.on('message', (message: ThreadReply) => this.settle(message));
    thread.on('error', ({ message }) => this.lose(message));
    thread.on('exit', (code) => this.lose(`its thread ended with code ${code}`));
    // A thread with nothing to do must not keep the process alive.
    thread.unref();
  }

  /** @throws DomainError INFERENCE_FAILED */
  static async load(script: string, workerData: object): Promise<ThreadModel> {
    const thread = new Worker(script, { workerData });
    const reply = await firstReply(thread);
    if (reply.type === 'loaded') return new ThreadModel(thread, reply.facts);
    await thread.terminate();
    throw inferenceFailed(reply.type === 'unloadable' ? reply.reason : 'it answered out of turn');
  }

  /** Batches that it has been given and has not answered. */
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

  async release(): Promise<void> {
    this.released = true;
    if (this.lost !== undefined) return;
    this.thread.ref();
    const request: ThreadRequest = { type: 'close' };
    this.thread.postMessage(request);
    await Promise.race([once(this.thread, 'exit'), pause(closeGraceMs, undefined, { ref: false })]);
    await this.thread.terminate();
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
  }
}

/** A thread that ends before it says anything says why. */
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
