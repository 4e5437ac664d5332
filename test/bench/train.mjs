/**
 * `npm run bench:train [-- model batch size precision]…`: a training step of the torch engine beside PyTorch eager,
 * channels-last, on the same machine in one run. The two take turns, step by step, so that whatever else the machine does
 * falls on both; the ratio is the median of the turns' ratios. COATRACK_BENCH_TURNS sets how many (12), COATRACK_BENCH_LIMIT
 * how many seconds one may take (300).
 */
import { execFileSync, spawn } from 'node:child_process';
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const turns = Number(process.env.COATRACK_BENCH_TURNS ?? 12);
const threads = String(process.env.COATRACK_THREADS ?? availableParallelism());
const device = process.env.COATRACK_TORCH_DEVICE ?? 'cpu';
/** The system's Python may have torch where another in front of it on the path doesn't. */
const pythons = [process.env.COATRACK_BENCH_PYTHON, 'python3', '/usr/bin/python3'].filter(Boolean);
const warmUps = 3;
/** Longest that a turn may take. */
const limitSeconds = Number(process.env.COATRACK_BENCH_LIMIT ?? 300);

const settings = [
  ['efficientnetv2_b0', 16, 128],
  ['efficientnetv2_b0', 8, 224],
  ['efficientnetv2_s', 16, 128],
  ['efficientnetv2_s', 8, 224],
  ['coatnet_0', 16, 128],
  ['coatnet_0', 8, 224],
];
const defaults = ['fp32', 'bf16'].flatMap((precision) =>
  settings.map((row) => [...row, precision]),
);

/** Both sides wait for work alike; see native.ts for why they don't spin. */
const environment = { ...process.env, OMP_WAIT_POLICY: 'passive', COATRACK_THREADS: threads };

/** A process that answers a line with a line. */
class Worker {
  constructor(command, args) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
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
    const late = setTimeout(() => this.child.kill(), limitSeconds * 1000);
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

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function hasPyTorch(python) {
  try {
    execFileSync(python, ['-c', 'import torch, torchvision'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python = pythons.find(hasPyTorch);

async function compare([name, batch, size, precision]) {
  const args = [name, batch, size, precision].map(String);
  const ours = new Worker(process.execPath, [join(here, 'coatrack-worker.mjs'), ...args]);
  const theirs = new Worker(python, [join(here, 'pytorch_worker.py'), ...args, threads, device]);
  try {
    return await takeTurns(ours, theirs, batch);
  } finally {
    // One that failed leaves the other waiting.
    await Promise.all([ours.end(), theirs.end()]);
  }
}

async function takeTurns(ours, theirs, batch) {
  const ready = [(await ours.answer()).ready, (await theirs.answer()).ready];
  const rows = [];
  for (const command of ['forward', 'step']) {
    const pairs = [];
    for (let turn = -warmUps; turn < turns; turn++) {
      const pair = [await ours.ask(command), await theirs.ask(command)];
      if (turn >= 0) pairs.push(pair);
    }
    const rate = (side) => batch / median(pairs.map((pair) => pair[side].seconds));
    const ratio = (key) => median(pairs.map(([us, them]) => them[key] / us[key]));
    const spread = pairs.map(([us, them]) => them.seconds / us.seconds).sort((a, b) => a - b);
    const memory = [ours.peakMemory(), theirs.peakMemory()];
    rows.push({
      command,
      ours: rate(0),
      theirs: rate(1),
      ratio: ratio('seconds'),
      cpu: ratio('cpu'),
      spread,
      memory,
    });
  }
  return { ready, rows };
}

if (!python) {
  console.log(
    'bench:train: skipped: no Python here has torch and torchvision (Debian: python3-torch, python3-torchvision)',
  );
  process.exit(0);
}

const asked = process.argv.slice(2);
const list =
  asked.length > 0
    ? [[asked[0], Number(asked[1]), Number(asked[2]), asked[3] ?? 'fp32']]
    : defaults;
console.log(
  `${cpus()[0].model}, ${threads} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, ${device}, ${turns} turns\n`,
);
let headed = false;
for (const setting of list) {
  const compared = await compare(setting).catch((error) => error);
  if (compared instanceof Error) {
    console.log(`${setting.join(' ')}: ${compared.message}`);
    process.exitCode = 1;
    continue;
  }
  const { ready, rows } = compared;
  if (!headed) {
    console.log(`ours: ${ready[0]}; theirs: ${ready[1]} eager, channels-last\n`);
    console.log(
      '| model | batch × size | precision | what | images/s, ours | PyTorch | ratio (range) | ratio of CPU time | peak MiB, ours | PyTorch |',
    );
    console.log('|---|---|---|---|---|---|---|---|---|---|');
    headed = true;
  }
  const [name, batch, size, precision] = setting;
  for (const { command, ours, theirs, ratio, cpu, spread, memory } of rows) {
    const range = `${spread[0].toFixed(2)}–${spread.at(-1).toFixed(2)}`;
    const cells = [
      name,
      `${batch} × ${size}`,
      precision,
      command,
      ours.toFixed(1),
      theirs.toFixed(1),
    ];
    cells.push(
      `${ratio.toFixed(2)} (${range})`,
      cpu.toFixed(2),
      ...memory.map((mib) => mib.toFixed(0)),
    );
    console.log(`| ${cells.join(' | ')} |`);
  }
}
