import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fail } from '../../weights/fail';
import type { NamedTensors } from '../weights-format';
import type { Hdf5Answer, Hdf5ThreadData, Hdf5Tensors } from './hdf5-protocol';

interface Hdf5Limits {
  /** Limit of the library's heap; the largest tensor must fit. */
  heapBytes: number;
  /** Limit of the thread's own memory, for names. */
  namesMegabytes: number;
  /** Time limit for opening the file, and for every tensor. */
  milliseconds: number;
}

const generous: Hdf5Limits = { heapBytes: 2 ** 29, namesMegabytes: 256, milliseconds: 30_000 };

/** Node's id of a thread that has ended. */
const ended = -1;

/** Path of the compiled thread, whether the sources or the compiled files are running. */
const thread = join(__dirname, '../../../dist/import/keras/hdf5.thread.js');

/**
 * Opens a Keras file with the HDF5 library, which runs in a separate thread with limits on time and memory, because a
 * hostile file may make it do anything. Such files have no checksums, so damaged values are read unnoticed.
 * @throws RangeError saying what is wrong
 */
export async function openHdf5(path: string, limits = generous): Promise<NamedTensors> {
  const workerData: Hdf5ThreadData = { path, heapBytes: limits.heapBytes };
  const worker = new Worker(thread, {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: limits.namesMegabytes },
    stdout: true,
    stderr: true,
  });
  // A pending request gets the error; without a listener it would end the process.
  worker.on('error', () => undefined);
  worker.stdout.resume();
  worker.stderr.resume();
  const close = async () => {
    await worker.terminate();
  };
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };
  try {
    const { tensors } = await answerOf<{ tensors: Hdf5Tensors }>(worker, limits);
    const read = (name: string) =>
      inTurn(async () => {
        if (worker.threadId === ended) fail('it is closed, or was abandoned');
        worker.postMessage(name);
        return (await answerOf<{ values: Float32Array }>(worker, limits)).values;
      });
    return { tensors, read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answerOf<T>(worker: Worker, { milliseconds }: Hdf5Limits): Promise<T> {
  const signal = AbortSignal.timeout(milliseconds);
  const answered = once(worker, 'message', { signal }) as Promise<[Hdf5Answer]>;
  const [answer] = await answered.catch(async (error: NodeJS.ErrnoException) => {
    await worker.terminate();
    if (error.name === 'AbortError') {
      fail(`reading it took longer than ${milliseconds / 1000} seconds`);
    }
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') fail('its names take too much memory');
    throw error;
  });
  if ('wrong' in answer) fail(answer.wrong);
  return answer as T;
}
