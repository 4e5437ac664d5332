import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const startTimeoutMs = 30_000;

/** One of the product's processes, run as in production. */
export interface RunningProcess {
  pid: number;
  /** Returns everything it has printed so far. */
  output(): string;
  /** The match of the ready pattern. */
  ready: RegExpExecArray;
  /** Sends SIGTERM (or another signal) and waits for the end; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** @param script below apps/api/dist; built by `npm test`, or by `npx nx run-many -t build` */
export async function startProcess(
  script: string,
  environment: Record<string, string>,
  ready: RegExp,
): Promise<RunningProcess> {
  const { child, output, closed } = launch(script, environment);
  const match = await new Promise<RegExpExecArray>((found, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`${script} is not ready:\n${output()}`));
    }, startTimeoutMs);
    const look = () => {
      const result = ready.exec(output());
      if (!result) return;
      clearTimeout(timer);
      found(result);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    void closed.then((code) => {
      clearTimeout(timer);
      fail(new Error(`${script} ended with ${code}:\n${output()}`));
    });
  });
  return {
    pid: child.pid!,
    output,
    ready: match,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return closed;
    },
  };
}

/** Runs a script to its end. */
export async function runProcess(
  script: string,
  environment: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number | null; output: string }> {
  const { output, closed } = launch(script, environment, args);
  return { code: await closed, output: output() };
}

interface Launched {
  child: ChildProcess;
  output(): string;
  closed: Promise<number | null>;
}

function launch(
  script: string,
  environment: Record<string, string>,
  args: string[] = [],
): Launched {
  const path = resolve('apps/api/dist', script);
  if (!existsSync(path)) throw new Error(`${path} is not built: run \`npx nx run-many -t build\`.`);
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [path, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const closed = new Promise<number | null>((done) => child.once('close', done));
  return { child, output: () => text, closed };
}
