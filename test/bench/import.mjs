/**
 * Times the import of EfficientNetV2-S beside reading its file and taking its SHA-256, taking turns in one run, and
 * measures how much memory the import of EfficientNetV2-XL takes: `npx nx run-many -t build` first, then `npm run bench:import`.
 */
import { execFileSync } from 'node:child_process';
import console from 'node:console';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import {
  cost,
  findArchitecture,
  importWeights,
  openWeights,
  writeSafetensors,
} from '@coatrack/models';
import { torchFile } from '../formats/torch-file.mjs';

const classes = 1000;
const turns = 9;
const mebibyte = 2 ** 20;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Random weights of an architecture, in a safetensors file and in one of torch.save's form. */
async function makeFiles(folder, name) {
  const architecture = findArchitecture(name);
  const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes });
  const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);
  const largest = Math.max(...tensors.map(({ shape }) => sizeOf(shape)));
  const random = Float32Array.from({ length: largest }, () => Math.random() - 0.5);
  const filled = tensors.map(({ name, shape, role }) => {
    const values = role === 'counter' ? BigInt64Array.of(1n) : random.subarray(0, sizeOf(shape));
    return { name, shape, values };
  });
  const safetensors = join(folder, `${name}.safetensors`);
  await writeSafetensors(
    safetensors,
    filled.map(({ values, ...rest }) => {
      return { ...rest, dtype: values instanceof Float32Array ? 'F32' : 'I64', data: () => values };
    }),
  );
  const torch = join(folder, `${name}.pth`);
  await writeFile(torch, torchFile(filled));
  return { safetensors, torch };
}

async function hashed(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * All that a version's weights need: they are opened and checked; converted, synced and hashed on the way to the disk,
 * or hashed where they lie.
 */
async function imported(folder, name, path, replaceHead) {
  const architecture = findArchitecture(name);
  const weights = await openWeights([{ name, path }], { architecture, temporaryFolder: folder });
  try {
    const converted = importWeights(weights, { architecture, classes, replaceHead });
    if (!converted) return await hashed(path);
    const hash = createHash('sha256');
    async function* passed() {
      for await (const bytes of converted) {
        hash.update(bytes);
        yield bytes;
      }
    }
    const target = join(folder, 'imported.safetensors');
    await writeFile(target, passed());
    const file = await open(target);
    await file.sync();
    await file.close();
    return hash.digest('hex');
  } finally {
    await weights.close();
  }
}

async function measured(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}

const kinds = [
  ['safetensors, kept as it is', 'safetensors', undefined],
  ['safetensors, with a new classifier', 'safetensors', { seed: 0 }],
  ['torch.save', 'torch', undefined],
];

async function timeSmall(folder) {
  const name = 'efficientnetv2_s';
  const files = await makeFiles(folder, name);
  const bytes = (await stat(files.safetensors)).size;
  console.log(`${name}, ${(bytes / mebibyte).toFixed(0)} MiB; medians of ${turns} turns:`);
  for (const [title, file, replaceHead] of kinds) {
    const pairs = [];
    // The first turn warms up.
    for (let turn = 0; turn <= turns; turn++) {
      const read = await measured(() => hashed(files.safetensors));
      const whole = await measured(() => imported(folder, name, files[file], replaceHead));
      if (turn > 0) pairs.push([whole, read]);
    }
    const of = (side, what) => median(pairs.map((pair) => pair[side][what]));
    const ratio = (what) => median(pairs.map(([whole, read]) => whole[what] / read[what]));
    console.log(
      `  import of ${title}: ${of(0, 'seconds').toFixed(3)} s, reading and SHA-256 alone ${of(1, 'seconds').toFixed(3)} s, ratio ${ratio('seconds').toFixed(2)}, of processor time ${ratio('processor').toFixed(2)}`,
    );
  }
}

/** In a process of its own: what it held before, and the most that it ever held. */
async function memoryOfOne(folder, name, path, replaceHead) {
  const before = process.memoryUsage.rss();
  const { seconds } = await measured(() => imported(folder, name, path, replaceHead));
  // getrusage's peak counts the process that started this one, too; Linux alone tells this one's own.
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const peak = Number(kibibytes) * 1024;
  console.log(JSON.stringify({ before, peak, seconds }));
}

async function memoryOfLarge(folder) {
  const name = 'efficientnetv2_xl';
  const files = await makeFiles(folder, name);
  const bytes = (await stat(files.safetensors)).size;
  console.log(`${name}, ${(bytes / mebibyte).toFixed(0)} MiB; a process each:`);
  for (const [title, file, replaceHead] of kinds) {
    const args = [folder, name, files[file], JSON.stringify(replaceHead ?? null)];
    const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...args]);
    const { before, peak, seconds } = JSON.parse(output.toString());
    console.log(
      `  import of ${title}: ${seconds.toFixed(1)} s, peak ${(peak / mebibyte).toFixed(0)} MiB, ${((peak - before) / mebibyte).toFixed(0)} MiB above the process's start, ratio to the weights ${(peak / bytes).toFixed(2)}`,
    );
  }
}

const [ownFolder, ownName, ownPath, ownHead] = process.argv.slice(2);
if (ownFolder) {
  await memoryOfOne(ownFolder, ownName, ownPath, JSON.parse(ownHead) ?? undefined);
} else {
  const folder = await mkdtemp(join(tmpdir(), 'coatrack-bench-'));
  try {
    console.log(cpus()[0].model);
    await timeSmall(folder);
    await memoryOfLarge(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
