/**
 * Kills the product's processes at random moments while it works, cuts its connections and fills its disk, and then proves
 * that nothing which it accepted is lost, half-written or left over.
 *
 *   npm run chaos -- [--kills 20] [--seed 1] [--engine wasm] [--redis] [--record docs/reliability.md]
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { choosePart, cutConnections, fillDisk, kill, mountSmallDisk, partsOf } from './faults';
import { type Part, Product } from './product';
import { Random } from './random';
import { Redis } from './redis';
import { type Findings, verify } from './verify';
import { Workload } from './workload';

const recoveryLimitMs = 90_000;
const diskGibibytes = 4;
/** Guards of processes notice the end of the launcher a moment after it. */
const stopGraceMs = 3000;

/** When a part died, and how long it took until a prediction succeeded again. */
interface Death {
  part: Part;
  at: Date;
  /** Job that ran, where a worker died. */
  job?: string;
  backSeconds: number;
}

/** @returns whether everything held */
export async function chaos(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'auto' },
      redis: { type: 'boolean', default: false },
      record: { type: 'string' },
    },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  const random = new Random(seed);
  const home = mkdtempSync(join(tmpdir(), 'coatrack-chaos-'));
  // Started as root, the parts run as an account that must be able to enter.
  chmodSync(home, 0o755);
  const folder = join(home, 'data');
  const log = join(home, 'launcher.log');
  const hub = await Workload.startHub();
  const redis = values.redis ? await Redis.create(home) : undefined;
  const environment = { HF_ENDPOINT: hub.endpoint, COATRACK_ENGINE: values.engine };
  const product = await Product.create(folder, log, environment, redis);
  const started = Date.now();
  const say = (line: string) =>
    console.log(`  ${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${line}`);
  const unmount = prepareDisk(folder);
  if (!unmount) say('no small disk can be mounted here: it is not filled');
  try {
    say('starting, and running each fine-tune undisturbed');
    await product.start();
    const load = await Workload.prepare(product, random, hub);
    load.start();
    const deaths = await disturb({ product, load, random, kills, say, disk: unmount && folder });
    say('no more faults: waiting for what was accepted');
    await load.finish(300_000);
    const findings = await verify(product, load);
    const restarts = await jobRestarts(product, deaths);
    const processes = product.processes();
    await product.stop();
    await pause(stopGraceMs);
    for (const { pid, command } of processes) {
      if (isAlive(pid))
        findings.faults.push(`outlived the stop: ${command.replaceAll('\0', ' ').slice(0, 100)}`);
    }
    const outcome = { seed, parts: partsOf(product), deaths, restarts, findings, load };
    report(outcome);
    if (values.record) record(values.record, outcome);
    const passed = findings.faults.length === 0;
    console.log(`${passed ? '1 passed, 0 failed' : '0 passed, 1 failed'}, 0 skipped`);
    if (passed) {
      unmount?.();
      rmSync(home, { recursive: true, force: true });
    } else {
      console.log(`  Kept: ${home}`);
    }
    return passed;
  } catch (error) {
    console.error(`  ${(error as Error).stack}\n  Kept: ${home}`);
    console.log('0 passed, 1 failed, 0 skipped');
    await product.stop();
    return false;
  } finally {
    await redis?.stop();
  }
}

function prepareDisk(folder: string): (() => void) | undefined {
  mkdirSync(folder);
  return mountSmallDisk(folder, diskGibibytes);
}

interface Run {
  product: Product;
  load: Workload;
  random: Random;
  kills: number;
  say(line: string): void;
  /** The small disk, where there is one. */
  disk?: string;
}

async function disturb(run: Run): Promise<Death[]> {
  const { product, random, kills, say, disk } = run;
  const deaths: Death[] = [];
  while (deaths.length < kills) {
    await pause(random.between(500, 6000));
    const part = choosePart(product, random);
    const job = part === 'worker' ? await runningJob(product) : undefined;
    const at = new Date();
    if (!kill(product, part)) continue;
    const backSeconds = await recover(run, part);
    deaths.push({ part, at, job, backSeconds });
    say(`kill ${deaths.length}: ${part}, back after ${backSeconds.toFixed(1)} s`);
    if (deaths.length % 5 === 0) {
      const milliseconds = random.between(50, 900);
      await cutConnections(product, milliseconds);
      say(`all connections cut for ${milliseconds.toFixed(0)} ms`);
    }
    if (disk && deaths.length % 10 === 5) {
      await fillDisk(disk, 3000);
      say('the disk was full for 3 s');
      await recover(run, 'postgres');
    }
  }
  return deaths;
}

/** Waits until every part is there and a prediction succeeds. A launcher or a Redis is started again by hand, as a service manager does. */
async function recover({ product, load, random }: Run, part: Part): Promise<number> {
  const since = Date.now();
  if (part === 'launcher') {
    await product.gone();
    await pause(random.between(0, 2000));
    await product.start();
  }
  if (part === 'redis') {
    await pause(random.between(0, 3000));
    await product.redis!.start();
  }
  for (;;) {
    const missing = partsOf(product).filter((each) => product.pid(each) === undefined);
    if (missing.length === 0 && (await load.predicts())) return (Date.now() - since) / 1000;
    if (missing.includes('launcher'))
      throw new Error(`${part} was killed: the whole product ended`);
    if (Date.now() - since > recoveryLimitMs)
      throw new Error(`${part} was killed: not back in time`);
    await pause(100);
  }
}

async function runningJob(product: Product): Promise<string | undefined> {
  const rows = await product
    .query<{ id: string }>(`SELECT id FROM jobs WHERE state = 'running'`)
    .catch(() => []);
  return rows[0]?.id;
}

/** Seconds from a worker's death until its job ran again. */
async function jobRestarts(product: Product, deaths: Death[]): Promise<number[]> {
  const restarts: number[] = [];
  for (const { job, at } of deaths) {
    if (!job) continue;
    const [event] = await product.query<{ at: Date }>(
      `SELECT at FROM job_events WHERE job_id = $1 AND type = 'state' AND at > $2
         AND data ->> 'state' = 'running' ORDER BY seq LIMIT 1`,
      [job, at],
    );
    if (event) restarts.push((event.at.getTime() - at.getTime()) / 1000);
  }
  return restarts.sort((a, b) => a - b);
}

interface Outcome {
  seed: number;
  parts: readonly Part[];
  deaths: Death[];
  restarts: number[];
  findings: Findings;
  load: Workload;
}

const medianOf = (sorted: number[]) => sorted[sorted.length >> 1] ?? NaN;

const range = (sorted: number[]) =>
  sorted.length === 0 ? '–' : `${medianOf(sorted).toFixed(1)} (${sorted.at(-1)!.toFixed(1)})`;

function backOf(deaths: Death[], part: Part): number[] {
  return deaths
    .filter((death) => death.part === part)
    .map(({ backSeconds }) => backSeconds)
    .sort((a, b) => a - b);
}

function report({ parts, deaths, restarts, findings, load }: Outcome): void {
  const { right, wrong, refused, later } = load.answers;
  console.log('\n  killed      times   back, s: median (longest)');
  for (const part of parts) {
    const back = backOf(deaths, part);
    console.log(`  ${part.padEnd(10)} ${String(back.length).padStart(5)}   ${range(back)}`);
  }
  console.log(`
  a dead worker's job ran again after, s: ${range(restarts)}
  accepted jobs ${findings.jobs}, of which fine-tunes with the undisturbed result ${findings.fineTunes}; out of space ${findings.outOfSpace}
  datasets ${findings.datasets}, blobs read back ${findings.blobs}
  predictions right ${right}, wrong ${wrong}; requests without a connection ${refused}, asked to come later ${later}
  ${findings.faults.length === 0 ? 'Everything held.' : `${findings.faults.length} FAULTS`}`);
  for (const fault of findings.faults.slice(0, 50)) console.log(`  - ${fault}`);
}

/** Appends the run to the table of all runs. */
function record(path: string, { seed, parts, deaths, restarts, findings, load }: Outcome): void {
  const times = (part: Part) => String(backOf(deaths, part).length);
  const redis = parts.includes('redis') ? ` (Redis killed ${times('redis')} times, too)` : '';
  const { right, wrong } = load.answers;
  const cells = [
    new Date().toISOString().slice(0, 10),
    cpus()[0]!.model,
    String(seed),
    ...parts.filter((part) => part !== 'redis').map(times),
    range(restarts),
    String(findings.jobs),
    String(findings.fineTunes),
    `${right} / ${wrong}`,
    (findings.faults.length === 0 ? 'held' : findings.faults.slice(0, 3).join('; ')) + redis,
  ];
  appendFileSync(path, `| ${cells.join(' | ')} |\n`);
  execFileSync('npx', ['prettier', '--write', path]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
