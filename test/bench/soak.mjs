/**
 * `npm run bench:soak [-- model] [minutes]`: the API at its capacity, 32 connections with real JPEGs, for ten minutes, and what
 * memory it takes meanwhile; `npx nx run-many -t build` first.
 */
import console from 'node:console';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { selectEngine } from '@coatrack/kernels';
import { LineWorker } from './line-worker.mjs';
import { openHouse } from './serve-house.mjs';
import { percentile } from './serve-report.mjs';

const script = join(dirname(fileURLToPath(import.meta.url)), 'serve-load.mjs');
const asked = process.argv.slice(2);
const minutes = Number(asked.find((word) => Number(word) > 0) ?? 10);
const model = asked.find((word) => !(Number(word) > 0)) ?? 'efficientnetv2_b0';

const connections = 32;
const turnSeconds = 30;
const warmUpTurns = 2;

// The weights are made with TensorFlow.js.
await selectEngine('wasm');
const house = await openHouse({ environment: {} });
try {
  await house.addModel(model);
  const clients = [house.predictUrl(model), house.key, ...house.images];
  const load = new LineWorker(process.execPath, [script, ...clients], {
    env: process.env,
    limitSeconds: 2 * turnSeconds,
  });
  await load.answer();
  console.log(`${model} at 224 px, ${connections} connections\n`);
  console.log('| minute | answers/s | p50, ms | p99 | other answers | RSS, MiB |');
  console.log('|---|---|---|---|---|---|');
  const memories = [];
  for (let turn = 1; turn <= (minutes * 60) / turnSeconds + warmUpTurns; turn++) {
    const answer = await load.ask(JSON.stringify({ connections, seconds: turnSeconds }));
    const { 200: times = [], ...others } = answer.statuses;
    const memory = await house.memory();
    memories.push(memory);
    const cells = [
      ((turn * turnSeconds) / 60).toFixed(1),
      (times.length / answer.seconds).toFixed(1),
      percentile(times, 50).toFixed(0),
      percentile(times, 99).toFixed(0),
      Object.entries(others).map(([status, { length }]) => `${length} × ${status}`),
      memory.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const growth = memories.at(-1) / memories[warmUpTurns - 1] - 1;
  console.log(
    `\nAfter ${minutes} minutes memory is ${(growth * 100).toFixed(1)} % above what it was after the first.`,
  );
  await load.end();
} finally {
  await house.close();
}
