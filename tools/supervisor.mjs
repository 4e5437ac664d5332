/** Runs Coatrack's processes: restarts one that crashes, stops all of them in order. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tether } from './tether.mjs';

const restartDelayMs = 1000;
/** A process that dies this soon after its start is broken rather than unlucky. */
const tooSoonMs = 10_000;
const stopTimeoutMs = 15_000;

export class Supervisor {
  stopping = false;
  #children = new Map();
  #onStopped;

  constructor({ onStopped }) {
    this.#onStopped = onStopped;
    process.on('SIGINT', () => this.stop(0));
    process.on('SIGTERM', () => this.stop(0));
    process.on('SIGHUP', () => this.stop(0));
  }

  start(name, command, args, environment) {
    if (this.stopping) return;
    const startedAt = Date.now();
    // A group of its own: Ctrl-C reaches the launcher alone, which then stops the parts in order.
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    tether(child, ['TERM', 'KILL']);
    this.#children.set(name, child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => console.log(`[${name}] ${line}`));
    }
    child.once('close', (code, signal) => {
      this.#children.delete(name);
      if (this.stopping) return;
      console.error(`[${name}] ended unexpectedly (${signal ?? `exit code ${code}`})`);
      if (Date.now() - startedAt < tooSoonMs) {
        void this.stop(1);
      } else {
        setTimeout(() => this.start(name, command, args, environment), restartDelayMs);
      }
    });
  }

  /** Stops the newest process first: nothing outlives what it depends on. */
  async stop(exitCode) {
    if (this.stopping) return;
    this.stopping = true;
    console.log('\n  Stopping …');
    for (const child of [...this.#children.values()].reverse()) await stopChild(child);
    await this.#onStopped();
    process.exit(exitCode);
  }
}

function stopChild(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
