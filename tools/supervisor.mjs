/** Runs Coatrack's processes: restarts those that end unexpectedly, and stops all of them in order. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onEnd } from './lifetime.mjs';
import { Restarts } from './restarts.mjs';
import { killGroup, tether } from './tether.mjs';

const usualStopMs = 15_000;

/** Exit code of a part with invalid settings (EX_CONFIG of sysexits.h), which is not restarted. */
const wrongSettings = 78;

export class Supervisor {
  stopping = false;
  #children = new Map();
  #onStopped;

  constructor({ onStopped }) {
    this.#onStopped = onStopped;
    onEnd(() => this.stop(0));
  }

  /**
   * Starts a part and restarts it whenever it ends unexpectedly.
   * @param part.name prefix of its output lines
   * @param part.command the program and its arguments
   * @param part.environment returns additions to this process's environment, for each start
   * @param part.options options for spawn
   * @param part.stopMs time to end after SIGTERM before it is killed
   * @param part.endsAll whether all parts stop if this one reports invalid settings
   */
  start(part) {
    this.#launch({ restarts: new Restarts(), stopMs: usualStopMs, ...part });
  }

  #launch(part) {
    if (this.stopping) return;
    const startedAt = Date.now();
    const [program, ...args] = part.command;
    // A separate process group, so that Ctrl-C only reaches the launcher, which stops the parts in order.
    const child = spawn(program, args, {
      ...part.options,
      env: { ...process.env, ...part.environment?.() },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    tether(child, ['TERM', 'KILL'], { patienceMs: part.stopMs });
    this.#children.set(part.name, { child, stopMs: part.stopMs });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) =>
        console.log(`[${part.name}] ${line}`),
      );
    }
    child.once('error', (error) => this.#ended(part, error.message, startedAt));
    child.once('exit', (code, signal) => {
      killGroup(child);
      if (code === wrongSettings && part.endsAll) void this.stop(1);
      this.#ended(part, signal ?? `exit code ${code}`, startedAt);
    });
  }

  #ended(part, reason, startedAt) {
    if (this.stopping) return;
    const { pauseMs, line } = part.restarts.after(reason, Date.now() - startedAt);
    console.error(`[${part.name}] ${line}`);
    setTimeout(() => this.#launch(part), pauseMs);
  }

  /** Stops the parts in reverse order, so that none outlives what it depends on. */
  async stop(exitCode) {
    if (this.stopping) return;
    this.stopping = true;
    console.log('\n  Stopping …');
    for (const each of [...this.#children.values()].reverse()) await stopChild(each);
    await this.#onStopped();
    process.exit(exitCode);
  }
}

function stopChild({ child, stopMs }) {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return resolve();
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
