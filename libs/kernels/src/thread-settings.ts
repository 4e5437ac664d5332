import { threadsSet } from './settings';

export { WrongSettingError } from './settings';

/**
 * Sets variables that OpenMP and OpenBLAS read from the environment when their libraries are loaded. It must run in the main
 * thread before that: a worker thread's `process.env` is a copy that libraries don't see.
 *
 * A spinning thread whose core is taken by another thread or process delays every parallel section: steps become up to a
 * hundred times slower, while spinning gains only a few per cent on idle cores.
 * @throws WrongSettingError
 */
export function setThreadDefaults(): void {
  process.env['OMP_WAIT_POLICY'] ??= 'passive';
  process.env['OPENBLAS_THREAD_TIMEOUT'] ??= '4';
  // libtorch's number of threads has no effect on OpenBLAS.
  const threads = threadsSet();
  if (threads !== undefined) process.env['OPENBLAS_NUM_THREADS'] ??= String(threads);
}
