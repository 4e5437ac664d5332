// How threads share one job: it is split into chunks, and each free thread takes the next one. When no chunks are left, the
// caller closes the job (NEXT = CLOSED) and only waits for threads that are still inside a chunk. A thread that the system
// has not woken yet does not delay it: it finds the job closed, or the next one open.

/** Words of the control block. */
export const GENERATION = 0;
export const NEXT = 1;
export const CHUNKS = 2;
export const CHUNK = 3;
export const ITEMS = 4;
export const FUNCTION = 5;
export const ARGUMENTS = 6;
export const ACTIVE = 7;
export const FAILED = 8;
export const CONTROL_WORDS = 9;

/** Larger than any number of chunks, with room for every thread to increment it. */
export const CLOSED = 2 ** 30;

export type WorkFunctions = Record<string, (...args: number[]) => void>;

export interface PoolData {
  compiled: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: Int32Array;
  args: Float64Array;
  /** Pointer to the constants of assembly/vector-math.ts. */
  constants: number;
  names: string[];
}

/** Runs chunks of the open job until none is left. */
export function takeChunks(
  control: Int32Array,
  shared: Float64Array,
  functions: WorkFunctions,
  names: string[],
  thread: number,
): void {
  for (;;) {
    const index = Atomics.add(control, NEXT, 1);
    if (index >= Atomics.load(control, CHUNKS)) return;
    const run = functions[names[control[FUNCTION]!]!]!;
    const chunk = control[CHUNK]!;
    const start = index * chunk;
    const end = Math.min(control[ITEMS]!, start + chunk);
    run(...shared.subarray(0, control[ARGUMENTS]), start, end, thread);
  }
}
