import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ServableModel } from '../serving/engines/executor';
import type { Measurement, Timing } from './measurement';

/** Request from a worker to the process that measures one version. */
export interface MeasuringRequest {
  model: ServableModel;
  batchSizes: number[];
  /** Minimum time per batch size. */
  seconds: number;
}

export type MeasuringReply =
  | { type: 'choice'; executor: 'onnxruntime' | 'tfjs' }
  | { type: 'measured'; measured: Measured }
  | { type: 'done' }
  | { type: 'failed'; reason: string };

export type Measured = Timing &
  Pick<Measurement, 'executor' | 'batchSize' | 'instances' | 'memoryBytes'>;

const script = join(__dirname, 'measuring.process.js');

/** A version could not be measured; the message is meant for users. */
export class MeasuringError extends Error {
  override readonly name = 'MeasuringError';
}

interface Watcher {
  signal: AbortSignal;
  onMeasured(measured: Measured): Promise<void>;
}

/**
 * Measures a version in a separate process, as it would be served.
 * @throws MeasuringError, or the signal's reason once it is aborted
 */
export async function measureVersion(request: MeasuringRequest, watcher: Watcher): Promise<void> {
  const executor = await measureIn({}, request, watcher);
  // The second process gets a fixed executor, so it cannot return another choice.
  if (executor) await measureIn({ COATRACK_EXECUTOR: executor }, request, watcher);
}

/** @returns the executor to measure with, if the process had a choice */
function measureIn(
  environment: Record<string, string>,
  request: MeasuringRequest,
  { signal, onMeasured }: Watcher,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const child = fork(script, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise<string | undefined>((resolve, reject) => {
    let reported: Promise<unknown> = Promise.resolve();
    const end = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      act();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort);
    child.on('message', (reply: MeasuringReply) => {
      if (reply.type === 'measured')
        reported = reported.then(() => onMeasured(reply.measured)).catch(fail);
      else if (reply.type === 'failed') fail(new MeasuringError(reply.reason));
      else if (reply.type === 'choice') end(() => resolve(reply.executor));
      else void reported.then(() => end(() => resolve(undefined)));
    });
    child.once('error', fail);
    child.once('exit', (code, killer) =>
      fail(
        new MeasuringError(
          `Its process ended with ${killer ?? `code ${code}`}, most likely for lack of memory.`,
        ),
      ),
    );
    child.send(request);
  });
}
