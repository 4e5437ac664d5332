/**
 * `npm run bench:train [-- model batch size precision]…`: a training step of the torch engine beside PyTorch eager,
 * channels-last, on the same machine in one run. The two take turns, step by step, so that whatever else the machine does
 * falls on both; the ratio is the median of the turns' ratios. COATRACK_BENCH_TURNS sets how many (12), COATRACK_BENCH_LIMIT
 * how many seconds one may take (300).
 */
import console from 'node:console';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findPyTorch, LineWorker } from './line-worker.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const turns = Number(process.env.COATRACK_BENCH_TURNS ?? 12);
const threads = String(process.env.COATRACK_THREADS ?? availableParallelism());
const device = process.env.COATRACK_TORCH_DEVICE ?? 'cpu';
const warmUps = 3;
/** Longest that a turn may take. */
const limitSeconds = Number(process.env.COATRACK_BENCH_LIMIT ?? 300);

const settings = [
  ['efficientnetv2_b0', 16, 128],
  ['efficientnetv2_b0', 8, 224],
  ['efficientnetv2_s', 16, 128],
  ['efficientnetv2_s', 8, 224],
  ['coatnet_0_224', 16, 128],
  ['coatnet_0_224', 8, 224],
];
const defaults = ['fp32', 'bf16'].flatMap((precision) =>
  settings.map((row) => [...row, precision]),
);

/** Each side's threads wait for work as that side does by default: Coatrack's sleep, PyTorch's spin for a while. */
const env = { ...process.env, COATRACK_THREADS: threads };

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const python = findPyTorch();

async function compare([name, batch, size, precision]) {
  const args = [name, batch, size, precision].map(String);
  const options = { env, limitSeconds };
  const ours = new LineWorker(
    process.execPath,
    [join(here, 'coatrack-worker.mjs'), ...args],
    options,
  );
  const theirs = new LineWorker(
    python,
    [join(here, 'pytorch_worker.py'), ...args, threads, device],
    options,
  );
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
