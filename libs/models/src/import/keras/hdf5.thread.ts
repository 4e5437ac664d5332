import { parentPort, workerData } from 'node:worker_threads';
import type { Hdf5Answer, Hdf5ThreadData } from './hdf5-protocol';
import { limitHeap, mountReadOnly } from './hdf5-sandbox';
import { listTensors, readTensor } from './keras-hdf5';

const { path, heapBytes } = workerData as Hdf5ThreadData;

function answer(work: () => Exclude<Hdf5Answer, { wrong: string }>): void {
  try {
    const result = work();
    parentPort!.postMessage(
      result,
      'values' in result ? [result.values.buffer as ArrayBuffer] : [],
    );
  } catch (error) {
    // An error of the operating system is not a fault of the file, so it ends the thread.
    if (!(error instanceof Error) || 'syscall' in error) throw error;
    parentPort!.postMessage({ wrong: reasonOf(error) });
  }
}

/** Extracts the reason from HDF5's error stack. */
function reasonOf({ message }: Error): string {
  const calls = [...message.matchAll(/^ +#\d+: .*?\(\): (.+)$/gm)];
  return calls.at(-1)?.[1] ?? message;
}

async function main(): Promise<void> {
  limitHeap(heapBytes);
  const { File, ready } = await import('h5wasm');
  const hdf5 = await ready;
  hdf5.activate_throwing_error_handler();
  answer(() => {
    const file = new File(mountReadOnly(hdf5, path), 'r');
    const tensors = listTensors(file);
    parentPort!.on('message', (name: string) =>
      answer(() => ({ values: readTensor(file, tensors.get(name)!.path) })),
    );
    return { tensors };
  });
}

void main();
