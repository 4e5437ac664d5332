/**
 * `npm run bench:probe [-- images] [size]`: how long the first model takes, from the request for a linear probe of EfficientNetV2-B0 to
 * an answer of the served version; then the same with features that are there already. A real API, worker and Postgres on made images
 * (5,000 of 224 px unless given); `npx nx run-many -t build` first. COATRACK_THREADS and COATRACK_ENGINE hold for the worker.
 */
import { execFile, spawn } from 'node:child_process';
import console from 'node:console';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, URL } from 'node:url';
import { promisify } from 'node:util';
import { selectEngine } from '@coatrack/kernels';
import { openHouse } from './serve-house.mjs';

const require = createRequire(new URL('../../libs/training/package.json', import.meta.url));
const sharp = require('sharp');
const workerScript = fileURLToPath(new URL('../../apps/api/dist/worker.js', import.meta.url));

const [images = 5000, imageSize = 224] = process.argv.slice(2).map(Number);
const classes = 10;
const model = 'efficientnetv2_b0';
const pollMs = 100;

/** Coloured noise, another colour for each class; JPEGs somewhat larger than the network sees them. */
async function makeArchive(folder) {
  const side = Math.round(imageSize * 1.15);
  let state = 1;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  for (let index = 0; index < images; index++) {
    const own = index % classes;
    const path = join(folder, 'images', `class-${own}`);
    if (index < classes) await mkdir(path, { recursive: true });
    const noise = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => {
      const tint = (own * (37 + 11 * (at % 3))) % 120;
      return tint + 130 * random();
    });
    const jpeg = await sharp(noise, { raw: { width: 8, height: 8, channels: 3 } })
      .resize(side, side)
      .jpeg()
      .toBuffer();
    await writeFile(join(path, `${index}.jpg`), jpeg);
  }
  const archive = join(folder, 'images.tar.gz');
  await promisify(execFile)('tar', ['czf', archive, '-C', folder, 'images']);
  return { archive, sample: join(folder, 'images', 'class-0', '0.jpg') };
}

async function call(house, path, { method = 'POST', body, headers = {} } = {}) {
  const response = await fetch(`${house.url}/api/v1${path}`, {
    method,
    body,
    headers: { Authorization: `Bearer ${house.key}`, ...headers },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** Of the worker, all threads, in seconds: unlike the time of day it hardly depends on what else the machine does. */
async function processorSeconds({ pid }) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold spaces: user and system time, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Returns the seconds until the probe's version answers, and the job. */
async function probe(house, name, sample) {
  const started = performance.now();
  const recipe = { method: 'linear-probe', imageSize, batchSize: 16 };
  const request = { type: 'fine-tune', model, dataset: 'images', name, recipe };
  const headers = { 'Content-Type': 'application/json' };
  let job = await call(house, '/jobs', { body: JSON.stringify(request), headers });
  while (['queued', 'running'].includes(job.state)) {
    await delay(pollMs);
    job = await call(house, `/jobs/${job.id}`, { method: 'GET' });
  }
  if (job.state !== 'succeeded') throw new Error(`${job.error?.code}: ${job.error?.message}`);
  const registered = (performance.now() - started) / 1000;
  const body = await readFile(sample);
  await call(house, `/models/${name}/predict`, { body, headers: { 'Content-Type': 'image/jpeg' } });
  return { job, registered, served: (performance.now() - started) / 1000 };
}

// The weights are made with TensorFlow.js.
await selectEngine('wasm');
const folder = await mkdtemp(join(tmpdir(), 'coatrack-bench-probe-'));
const house = await openHouse({ environment: {} });
const worker = spawn(process.execPath, [workerScript], {
  env: {
    ...process.env,
    ...house.settings,
    COATRACK_ENGINE: process.env.COATRACK_ENGINE ?? 'auto',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = new Promise((resolve) => worker.once('close', resolve));
try {
  await house.addModel(model);
  const { archive, sample } = await makeArchive(folder);
  const form = new FormData();
  form.set('name', 'images');
  form.set('file', new Blob([await readFile(archive)]), 'images.tar.gz');
  await call(house, '/datasets', { body: form });
  const load = () => loadavg()[0].toFixed(1);
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores; ${model}, ${images} images of ${imageSize} px\n`,
  );
  console.log(
    '| features | registered, s | served, s | images/s | processor time of the worker, s | top-1 | load |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const features of ['computed', 'cached']) {
    const before = await processorSeconds(worker);
    const { job, registered, served } = await probe(house, features, sample);
    const processor = (await processorSeconds(worker)) - before;
    const cells = [
      features,
      registered.toFixed(1),
      served.toFixed(1),
      features === 'cached' ? '–' : job.history[0].imagesPerSecond.toFixed(0),
      processor.toFixed(1),
      job.metrics.top1.toFixed(3),
      load(),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
} finally {
  worker.kill('SIGTERM');
  await ended;
  await house.close();
  await rm(folder, { recursive: true, force: true });
}
