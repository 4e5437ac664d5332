/** Runs other programs for the tools, and ends the process with a single line on errors. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tether } from './tether.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Ends the process with one line that says what is wrong and how to fix it. */
export function fail(message) {
  console.error(`\n  ${message}\n`);
  process.exit(1);
}

/** A command that failed, and everything it printed. */
export class CommandError extends Error {
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Runs a command quietly in the repository's root. It ends with this process, including everything that it started.
 * @param options options for spawn; `env` is added to this process's environment
 * @returns its output
 * @throws CommandError when it cannot be run or fails
 */
export function run(command, args, { env, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...options,
    });
    tether(child, ['TERM', 'KILL'], { group: true });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new CommandError(`${command}: ${error.message}`, '')));
    child.on('close', (code) => {
      const printed = Buffer.concat(output).toString();
      if (code === 0) resolve(printed);
      else reject(new CommandError(`${[command, ...args].join(' ')} failed`, printed));
    });
  });
}

/** Runs an action, printing a label and how long it took. */
export async function step(label, action) {
  const started = Date.now();
  console.log(`  ${label} …`);
  try {
    const result = await action();
    console.log(`  ${label}: done in ${Math.round((Date.now() - started) / 1000)} s`);
    return result;
  } catch (error) {
    process.stderr.write(error.output ?? '');
    return fail(`${label}: ${error.message}${error.output ? '; the lines above say why' : ''}.`);
  }
}
