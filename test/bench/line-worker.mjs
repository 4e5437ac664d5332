/** Processes that answer a line with a line of JSON, so that the sides of a benchmark can take turns. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { clearTimeout, setTimeout } from 'node:timers';

/** The system's Python may have torch where another in front of it on the path doesn't. */
const pythons = [process.env.COATRACK_BENCH_PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);

export class LineWorker {
  /** @param limitSeconds how long an answer may take */
  constructor(command, args, { env, limitSeconds }) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.limitSeconds = limitSeconds;
  }

  async answer() {
    const { value, done } = await this.lines.next();
    if (done)
      throw new Error(
        `${this.child.spawnargs.slice(0, 3).join(' ')} ended without an answer in time`,
      );
    return JSON.parse(value);
  }

  async ask(command) {
    const before = this.cpuSeconds();
    this.child.stdin.write(`${command}\n`);
    const late = setTimeout(() => this.child.kill(), this.limitSeconds * 1000);
    const answer = await this.answer().finally(() => clearTimeout(late));
    return { ...answer, cpu: this.cpuSeconds() - before };
  }

  /** Time of all threads on processors, which other processes' load hardly touches. */
  cpuSeconds() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Most resident memory so far, in MiB. */
  peakMemory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024;
  }

  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
  }
}

/** A Python that has torch and torchvision; undefined where none has. */
export function findPyTorch() {
  return pythons.find((python) => {
    try {
      execFileSync(python, ['-c', 'import torch, torchvision'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
