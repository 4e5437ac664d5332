import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { Executor, type Inference, type ServableModel } from './executor';
import { errorOf, inferenceBusy, inferenceFailed } from './executor-errors';
import type { ThreadReply, ThreadRequest } from './thread-protocol';

/** Pictures that may wait at once: each holds its bytes in memory. */
const waitingLimit = 64;

/** A thread may take this long to end in an orderly way. */
const closeGraceMs = 5000;

interface Waiting {
  resolve(inference: Inference): void;
  reject(error: Error): void;
}

/** An engine in a thread of its own. A thread that dies is replaced at the next request. */
export abstract class ThreadExecutor extends Executor {
  private readonly logger = new Logger('Inference');
  private readonly waiting = new Map<number, Waiting>();
  private thread?: Worker;
  private lastId = 0;

  constructor(
    private readonly script: string,
    private readonly options: object,
  ) {
    super();
  }

  classify(model: ServableModel, picture: Buffer): Promise<Inference> {
    if (this.waiting.size >= waitingLimit) return Promise.reject(inferenceBusy());
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      this.waiting.set(id, { resolve, reject });
      this.thread ??= this.start();
      this.send({ type: 'classify', id, model, picture });
    });
  }

  async close(): Promise<void> {
    const { thread } = this;
    if (!thread) return;
    thread.ref();
    this.send({ type: 'close' });
    await Promise.race([once(thread, 'exit'), pause(closeGraceMs, undefined, { ref: false })]);
    await thread.terminate();
  }

  private send(request: ThreadRequest): void {
    this.thread?.postMessage(request);
  }

  private start(): Worker {
    const thread = new Worker(this.script, { workerData: this.options });
    thread.on('message', (message: ThreadReply) => this.settle(message));
    thread.on('error', (error) => this.lose(thread, error.message));
    thread.on('exit', (code) => this.lose(thread, `its thread ended with code ${code}`));
    // A thread with nothing to do must not keep the process alive.
    thread.unref();
    return thread;
  }

  private settle(message: ThreadReply): void {
    if (message.type === 'ready') {
      this.logger.log(`Engine for predictions: ${message.engine}`);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'done') waiting?.resolve(message.inference);
    else waiting?.reject(errorOf(message.failure));
  }

  private lose(thread: Worker, reason: string): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    if (this.waiting.size > 0) this.logger.error(`Inference was interrupted: ${reason}`);
    for (const { reject } of this.waiting.values()) reject(inferenceFailed(reason));
    this.waiting.clear();
  }
}
