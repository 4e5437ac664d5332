/** What bench:serve measures on: a real API on a Postgres and a data folder of its own, models and images. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { Classifier, cost, findArchitecture, writeSafetensors } from '@coatrack/models';
import { startPostgres } from '../../tools/postgres.mjs';

const require = createRequire(new URL('../../libs/training/package.json', import.meta.url));
const sharp = require('sharp');
const script = fileURLToPath(new URL('../../apps/api/dist/main.js', import.meta.url));

const key = 'bench-serve-admin-key';
const classes = 1000;
const imageSize = 224;
const imageCount = 8;

/** @param profileFolder where the API leaves a profile of its main thread, if it is to */
export async function openHouse({ profileFolder, environment }) {
  const folder = await mkdtemp(join(tmpdir(), 'coatrack-bench-'));
  const postgres = await startPostgres({ dataFolder: join(folder, 'postgres') });
  const data = join(folder, 'data');
  const settings = {
    ...environment,
    DATABASE_URL: postgres.url,
    COATRACK_DATA: data,
    COATRACK_API_PORT: '0',
    COATRACK_ADMIN_KEY: key,
    COATRACK_ENGINE: 'wasm',
    COATRACK_EXECUTOR: 'onnxruntime',
  };
  const api = await startApi(profileFolder, settings);
  return {
    pid: api.child.pid,
    key,
    url: api.url,
    /** What a worker of the same house is started with. */
    settings,
    images: await makeImages(folder),
    addModel: (name) => addModel({ name, folder, data, url: api.url }),
    predictUrl: (name) => `${api.url}/api/v1/models/${name}/predict`,
    /** How many batches there were of each size since the model was loaded. */
    batchSizes: async (name) => {
      const headers = { Authorization: `Bearer ${key}` };
      const response = await fetch(`${api.url}/api/v1/models/${name}/versions/1/serving`, {
        headers,
      });
      return (await response.json()).batching.batchSizes;
    },
    /** In MiB. */
    memory: async () => {
      const status = await readFile(`/proc/${api.child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
    },
    close: async () => {
      api.child.kill('SIGTERM');
      await api.closed;
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startApi(profileFolder, environment) {
  const profile = profileFolder ? ['--cpu-prof', '--cpu-prof-dir', profileFolder] : [];
  const child = spawn(process.execPath, [...profile, script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    let output = '';
    const look = (chunk) => {
      output += chunk;
      const ready = /Listening on (http:[^\s"]+)/.exec(output);
      if (ready) resolve(ready[1]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void closed.then(() => reject(new Error(`The API did not start:\n${output}`)));
  });
  for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data').resume();
  return { child, closed, url };
}

/** JPEGs as of a camera: large shapes of many colours, fine detail on them. */
function makeImages(folder) {
  const noise = (width, height, sigma) =>
    sharp({
      create: {
        width,
        height,
        channels: 3,
        background: 'black',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    });
  return Promise.all(
    Array.from({ length: imageCount }, async (_, i) => {
      const shapes = await noise(16, 12, 70).png().toBuffer();
      const detail = await noise(320, 240, 20).png().toBuffer();
      const path = join(folder, `${i}.jpg`);
      await sharp(shapes)
        .resize(320, 240, { kernel: 'cubic' })
        .composite([{ input: detail, blend: 'soft-light' }])
        .jpeg({ quality: 85 })
        .toFile(path);
      return path;
    }),
  );
}

/** Registers an architecture with random weights and loads it; resolves with what an executor needs to load the same. */
async function addModel({ name, folder, data, url }) {
  const architecture = findArchitecture(name);
  const preprocessing = { ...architecture.preprocessing, imageSize };
  const path = join(folder, `${name}.safetensors`);
  const classifier = new Classifier(architecture, { classes, imageSize });
  await writeSafetensors(path, classifier.save());
  classifier.dispose();
  const labels = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const form = new FormData();
  form.append('config', JSON.stringify({ architecture: name, labels, preprocessing }));
  form.append('weights', new Blob([await readFile(path)]), 'model.safetensors');
  const headers = { Authorization: `Bearer ${key}` };
  const post = async (path, body, more = {}) => {
    const response = await fetch(`${url}/api/v1/models/${name}/${path}`, {
      method: 'POST',
      body,
      headers: { ...headers, ...more },
    });
    if (!response.ok) throw new Error(`${path} of ${name}: ${await response.text()}`);
    return response.json();
  };
  const { sha256 } = await post('versions', form);
  await post('predict', await readFile(join(folder, '0.jpg')), { 'Content-Type': 'image/jpeg' });
  const graphs = join(data, 'cache', 'graphs');
  const graph = (await readdir(graphs)).find((file) => file.startsWith(sha256));
  return {
    format: 'onnx',
    architecture: name,
    classes,
    preprocessing,
    sha256,
    parameters: cost(architecture, { imageSize, classes }).parameters,
    path: join(graphs, graph),
  };
}
