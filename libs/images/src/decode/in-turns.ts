import { setImmediate } from 'node:timers/promises';

/** Work that pauses at points where other work of the thread may run. */
export type InTurns<Value> = Generator<void, Value, void>;

/** Maximum time that other work waits. */
const turnMs = 5;

/** Runs work on this thread without blocking it for long. */
export async function inTurns<Value>(work: InTurns<Value>): Promise<Value> {
  for (let began = performance.now(); ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < turnMs) continue;
    await setImmediate();
    began = performance.now();
  }
}
