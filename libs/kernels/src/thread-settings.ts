import { threadsSet } from './settings';

export { WrongSettingError } from './settings';

/**
 * Sets what OpenMP and OpenBLAS read once, from the process's own environment, when a library of theirs is loaded. It has an
 * effect on a main thread alone, where nothing is loaded yet: a worker thread's `process.env` is a copy that no library sees.
 *
 * A spinning thread whose core another thread or process holds makes every parallel section wait for it: steps are up to a
 * hundred times slower, against a few per cent gained on idle cores.
 * @throws WrongSettingError
 */
export function setThreadDefaults(): void {
  process.env['OMP_WAIT_POLICY'] ??= 'passive';
  process.env['OPENBLAS_THREAD_TIMEOUT'] ??= '4';
  // libtorch's number of threads doesn't reach OpenBLAS's own.
  const threads = threadsSet();
  if (threads !== undefined) process.env['OPENBLAS_NUM_THREADS'] ??= String(threads);
}
