// How threads share one job. The job is split into chunks; whoever is free takes the next. The caller closes the job
// (NEXT = CLOSED) when the chunks are gone and waits only for threads that are still inside one, so a thread that the
// system has not woken yet holds nobody up: it finds the job closed, or the next one open.

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

/** More chunks than any job has, with room for every thread to count on from it. */
export const CLOSED = 2 ** 30;

export type WorkFunctions = Record<string, (...args: number[]) => void>;

export interface PoolData {
  compiled: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: Int32Array;
  args: Float64Array;
  /** Where the constants of assembly/vector-math.ts lie. */
  constants: number;
  names: string[];
}

/** Does chunks of the open job until none is left. */
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
