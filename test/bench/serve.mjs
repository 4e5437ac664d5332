/**
 * `npm run bench:serve [-- model] [seconds]`: classification through the HTTP API beside raw ONNX Runtime, the API's
 * executor and batcher without HTTP, and PyTorch eager where there is one, on the same machine in one run;
 * `npx nx run-many -t build` first. The sides take turns, so that whatever else the machine does falls on all; each gets so
 * many seconds (15) in all.
 * COATRACK_INFERENCE_INSTANCES, COATRACK_INFERENCE_THREADS, COATRACK_MAX_BATCH and COATRACK_QUEUE_IMAGES hold for the
 * API and its executor;
 * COATRACK_BENCH_PROFILE names a folder for a profile of the API's main thread.
 */
import console from 'node:console';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { selectEngine } from '@coatrack/kernels';
import { findPyTorch, LineWorker } from './line-worker.mjs';
import { openHouse } from './serve-house.mjs';
import { median, overloadRow, percentile, sideRow, tableHead } from './serve-report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const asked = process.argv.slice(2);
const seconds = Number(asked.find((word) => Number(word) > 0) ?? 15);
const named = asked.filter((word) => !(Number(word) > 0));
const models = named.length > 0 ? named : ['efficientnetv2_s', 'efficientnetv2_b0'];

const rounds = 3;
const turnSeconds = seconds / rounds;
const probeSeconds = Math.min(1, turnSeconds);
const rawBatches = [1, 2, 4, 8, 16];
const connections = [1, 8, 32, 128];
const overload = 10;
/** Until the queue is full, and refusing is what it will be. */
const rampSeconds = 5;
const limitSeconds = 120;
const threads = availableParallelism();
/** As the API's configuration reads it. */
const given = (name) => (process.env[name] ? Number(process.env[name]) : undefined);
const layout = {
  instances: given('COATRACK_INFERENCE_INSTANCES'),
  threads: given('COATRACK_INFERENCE_THREADS'),
};
const maxBatch = Number(process.env.COATRACK_MAX_BATCH ?? 8);
const env = { ...process.env, OMP_WAIT_POLICY: 'passive' };

const python = findPyTorch();

/** Workers of one model; `ask` sends an object to one of them. */
function startWorkers(house, name, model) {
  const options = { env, limitSeconds };
  const node = (script, args) =>
    new LineWorker(process.execPath, [join(here, script), ...args], options);
  const torch = (batch) => {
    const args = [name, batch, model.preprocessing.imageSize, 'fp32', threads, 'cpu'];
    return new LineWorker(python, [join(here, 'pytorch_worker.py'), ...args.map(String)], options);
  };
  const description = JSON.stringify({ ...model, threads, layout, maxBatch });
  return {
    engine: node('serve-engine.mjs', [description, ...house.images]),
    load: node('serve-load.mjs', [house.predictUrl(name), house.key, ...house.images]),
    torch,
  };
}

const send = (worker, command) => worker.ask(JSON.stringify(command));

async function bestBatch(engine) {
  let best = { rate: 0 };
  for (const batch of rawBatches) {
    const { images, seconds } = await send(engine, { what: 'raw', batch, seconds: probeSeconds });
    const rate = images / seconds;
    if (rate > best.rate) best = { batch, rate };
  }
  return best.batch;
}

/** A side without HTTP: each turn gives its images a second and its times. */
const engineSide = (title, engine, command) => ({
  title,
  turn: async () => {
    const { images, seconds, times } = await send(engine, { ...command, seconds: turnSeconds });
    return { rate: images / seconds, times };
  },
});

const torchSide = (title, worker, batch) => ({
  title,
  turn: async () => {
    const times = [];
    for (let spent = 0; spent < turnSeconds * 1000; spent += times.at(-1)) {
      times.push((await worker.ask('infer')).seconds * 1000);
    }
    const sum = times.reduce((total, ms) => total + ms, 0);
    return { rate: (times.length * batch * 1000) / sum, times };
  },
});

const httpSide = (load, count) => ({
  title: `HTTP, ${count} connection${count > 1 ? 's' : ''}`,
  connections: count,
  turn: async () => {
    const answer = await send(load, { connections: count, seconds: turnSeconds });
    const { 200: times = [], ...others } = answer.statuses;
    return { rate: times.length / answer.seconds, times, others };
  },
});

/** Ten times as many requests as the API was last seen to answer. */
const overloadSide = (load, capacity) => ({
  title: `HTTP, ${overload} times its capacity`,
  overloads: true,
  turn: async () => {
    const rate = overload * capacity();
    const command = { rate, seconds: turnSeconds, rampSeconds };
    const { statuses, inTime } = await send(load, command);
    const { 200: times = [], 429: refusals = [], ...others } = statuses;
    return { rate: (inTime[200] ?? 0) / turnSeconds, times, refusals, others };
  },
});

async function measure(house, name) {
  const model = await house.addModel(name);
  const { engine, load, torch } = startWorkers(house, name, model);
  const workers = [engine, load];
  try {
    await Promise.all([engine.answer(), load.answer()]);
    const best = await bestBatch(engine);
    // What was just started is slow at first, on either side.
    await send(load, { connections: 32, seconds: probeSeconds });
    const https = connections.map((count) => httpSide(load, count));
    const capacity = () => Math.max(...https.map(({ turns }) => turns.at(-1).rate));
    const sides = [
      engineSide('raw ONNX Runtime, batch 1', engine, { what: 'raw', batch: 1 }),
      engineSide(`raw ONNX Runtime, batch ${best}`, engine, { what: 'raw', batch: best }),
      engineSide('decoding alone', engine, { what: 'decode' }),
      engineSide('executor and batcher, 1 caller', engine, { what: 'ours', callers: 1 }),
      engineSide('executor and batcher, 32 callers', engine, { what: 'ours', callers: 32 }),
      ...https,
      overloadSide(load, capacity),
    ];
    for (const batch of python ? [1, best] : []) {
      const worker = torch(batch);
      workers.push(worker);
      await worker.answer();
      sides.push(torchSide(`PyTorch eager, batch ${batch}`, worker, batch));
    }
    await takeTurns(house, sides);
    report(name, best, sides, await house.batchSizes(name));
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
  }
}

async function takeTurns(house, sides) {
  for (const side of sides) side.turns = [];
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      side.before ??= await house.memory();
      side.turns.push(await side.turn());
      side.after = await house.memory();
    }
  }
}

function report(name, best, sides, batchSizes) {
  const [single, raw, decoding] = sides;
  console.log(`\n## ${name} at 224 px, raw ONNX Runtime at its best with batch ${best}\n`);
  console.log(tableHead);
  for (const side of sides) console.log(sideRow(side, raw));
  const p50 = (side) =>
    percentile(
      side.turns.flatMap(({ times }) => times),
      50,
    );
  const one = sides.find((side) => side.connections === 1);
  const added = p50(one) - p50(single) - p50(decoding);
  console.log(
    `\nOne request adds ${added.toFixed(2)} ms to raw ONNX Runtime's time and decoding (p50).`,
  );
  const over = sides.find((side) => side.overloads);
  const peak = Math.max(
    ...sides
      .filter((side) => side.connections)
      .map((side) => median(side.turns.map(({ rate }) => rate))),
  );
  console.log(overloadRow(over, peak));
  console.log(`Batches of the API by their size: ${JSON.stringify(batchSizes)}`);
}

const { description } = await selectEngine('wasm');
console.log(
  `${cpus()[0].model}, ${threads} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}; weights made on ${description}; ${seconds} s a side in ${rounds} turns, PyTorch ${python ? 'eager, channels-last' : 'not found'}`,
);
const house = await openHouse({
  profileFolder: process.env.COATRACK_BENCH_PROFILE,
  environment: { COATRACK_MAX_BATCH: String(maxBatch) },
});
try {
  for (const name of models) await measure(house, name);
} finally {
  await house.close();
}
