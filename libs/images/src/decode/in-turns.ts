import { setImmediate } from 'node:timers/promises';

/** Work that pauses where other work of the thread may come in between. */
export type InTurns<Value> = Generator<void, Value, void>;

/** How long others wait at most. */
const turnMs = 5;

/** Runs work on this thread without keeping it from anything else for long. */
export async function inTurns<Value>(work: InTurns<Value>): Promise<Value> {
  for (let began = performance.now(); ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < turnMs) continue;
    await setImmediate();
    began = performance.now();
  }
}
