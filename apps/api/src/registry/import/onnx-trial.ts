import { WeightsFormatError } from '@coatrack/models';
import { fork, type ChildProcess } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialAnswer, TrialRequest } from './onnx-trial.child';

/** Time limit for loading and one batch, on one core. */
const maxMs = 120_000;
/** Memory limit in addition to the file's size, of which the runtime makes a few copies. */
const baseBytes = 2 * 2 ** 30;
const copies = 4;
const pollMs = 100;
const pageBytes = 4096;
const longestReason = 300;

/**
 * Runs a graph once, in a separate process with limits of time and memory.
 * @param imageSize image side to use if the graph accepts any
 * @throws WeightsFormatError saying why it does not run, or what it returns instead of [batch, classes]
 */
export async function tryOnnx(path: string, imageSize: number): Promise<void> {
  const { size } = await stat(path);
  const child = fork(join(__dirname, 'onnx-trial.child.js'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const request: TrialRequest = { path, imageSize };
  const reason = await answerOf(child, request, baseBytes + copies * size);
  if (reason !== undefined) {
    throw new WeightsFormatError(path, 'ONNX', `ONNX Runtime cannot run it: ${reason}`);
  }
}

/** Returns why the graph does not run, or undefined if it does. */
async function answerOf(
  child: ChildProcess,
  request: TrialRequest,
  maxBytes: number,
): Promise<string | undefined> {
  let given: string | undefined;
  const give = (reason: string) => {
    given ??= reason;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => give(`it takes longer than ${maxMs / 1000} seconds`), maxMs);
  const poll = setInterval(() => {
    void residentBytes(child.pid!).then((bytes) => {
      if (bytes > maxBytes) give(`it takes more than ${maxBytes} bytes of memory`);
    });
  }, pollMs);
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('message', ({ wrong }: TrialAnswer) => {
        resolve(wrong === undefined ? undefined : readable(wrong, request.path));
      });
      child.once('exit', (code, signal) => {
        resolve(given ?? `the process that tried it ended with ${signal ?? `code ${code}`}`);
      });
      child.send(request);
    });
  } finally {
    clearTimeout(timer);
    clearInterval(poll);
    child.kill('SIGKILL');
  }
}

async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(text.split(' ')[1] ?? 0) * pageBytes;
}

/** Removes source locations and the file's path from the runtime's message. */
function readable(message: string, path: string): string {
  const text = message
    .replaceAll(path, 'it')
    .replace(/Load model from it failed: ?/, '')
    .replace(/\S*\.(?:cc|h):\d+ \S.*?\) (?=\S)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > longestReason ? `${text.slice(0, longestReason)}…` : text;
}
