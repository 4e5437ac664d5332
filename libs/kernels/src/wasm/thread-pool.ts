import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { compiledFile } from './compiled-file';
import {
  ACTIVE,
  CHUNK,
  CHUNKS,
  CLOSED,
  CONTROL_WORDS,
  FAILED,
  FUNCTION,
  GENERATION,
  ITEMS,
  ARGUMENTS,
  NEXT,
  type PoolData,
  takeChunks,
  type WorkFunctions,
} from './work';

const MAXIMUM_ARGUMENTS = 32;
/** Average chunks per thread, so that other threads can take the share of a delayed one. */
const CHUNKS_PER_THREAD = 4;
/** Minimum work, about a tenth of a millisecond, that is worth waking a thread for. */
const WORTH_SHARING = 200_000;

/** Size of the constants of `placeConstants`. */
export const CONSTANTS_BYTES = 480;

/** Runs the functions of assembly/ on the calling thread and `threads` − 1 others that share its memory. */
export class ThreadPool {
  private readonly functions: WorkFunctions;
  private readonly names: string[];
  private readonly control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));
  private readonly args = new Float64Array(new SharedArrayBuffer(MAXIMUM_ARGUMENTS * 8));
  private readonly workers: Worker[] = [];

  constructor(
    memory: WebAssembly.Memory,
    /** CONSTANTS_BYTES of it for assembly/'s constants */
    constants: number,
    readonly threads: number,
  ) {
    const compiled = new WebAssembly.Module(readFileSync(compiledFile('kernels.wasm')));
    const instance = new WebAssembly.Instance(compiled, { env: { memory } });
    this.functions = instance.exports as WorkFunctions;
    this.functions['placeConstants']!(constants);
    this.names = Object.keys(this.functions);
    this.control[NEXT] = CLOSED;
    const workerData: PoolData = {
      compiled,
      memory,
      control: this.control,
      args: this.args,
      names: this.names,
      constants,
    };
    for (let thread = 1; thread < threads; thread++) {
      const worker = new Worker(compiledFile('compute-worker.js'), {
        workerData: { ...workerData, thread },
      });
      worker.unref();
      this.workers.push(worker);
    }
  }

  /**
   * Runs `items` work items of a function of assembly/ and returns when all are done.
   * @param cost approximate arithmetic operations per item
   */
  run(name: string, items: number, cost: number, ...args: number[]): void {
    if (items === 0) return;
    const run = this.functions[name]!;
    if (this.threads === 1 || items === 1 || items * cost < WORTH_SHARING) {
      run(...args, 0, items, 0);
      return;
    }
    const { control } = this;
    const least = Math.ceil(WORTH_SHARING / 4 / cost);
    const chunk = Math.max(least, Math.ceil(items / (this.threads * CHUNKS_PER_THREAD)));
    this.args.set(args);
    control[FUNCTION] = this.names.indexOf(name);
    control[ARGUMENTS] = args.length;
    control[ITEMS] = items;
    control[CHUNK] = chunk;
    control[CHUNKS] = Math.ceil(items / chunk);
    Atomics.store(control, NEXT, 0);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    takeChunks(control, this.args, this.functions, this.names, 0);
    Atomics.store(control, NEXT, CLOSED);
    for (let active = Atomics.load(control, ACTIVE); active > 0;) {
      Atomics.wait(control, ACTIVE, active);
      active = Atomics.load(control, ACTIVE);
    }
    if (Atomics.exchange(control, FAILED, 0)) {
      throw new Error(`A thread of the wasm engine failed in ${name}`);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
