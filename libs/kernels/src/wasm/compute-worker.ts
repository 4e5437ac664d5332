import { workerData } from 'node:worker_threads';
import { ACTIVE, FAILED, GENERATION, type PoolData, takeChunks, type WorkFunctions } from './work';

const { compiled, memory, control, args, names, constants, thread } = workerData as PoolData & {
  thread: number;
};
const functions = new WebAssembly.Instance(compiled, { env: { memory } }).exports as WorkFunctions;
functions['placeConstants']!(constants);

for (let seen = 0; ;) {
  Atomics.wait(control, GENERATION, seen);
  seen = Atomics.load(control, GENERATION);
  Atomics.add(control, ACTIVE, 1);
  try {
    takeChunks(control, args, functions, names, thread);
  } catch {
    Atomics.store(control, FAILED, 1);
  }
  Atomics.sub(control, ACTIVE, 1);
  Atomics.notify(control, ACTIVE);
}
