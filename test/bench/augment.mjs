/**
 * `npm run bench:augment`: training steps on images that the loader decodes and augments, beside the same steps on one batch that is in
 * memory, on the torch engine. The two take turns in one run; a ratio is the median of the turns' ratios, 1 where the loader
 * costs nothing. Processor time counts all threads and hardly depends on other load. COATRACK_BENCH_TURNS sets how many (8).
 */
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { URL } from 'node:url';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import { recipeSchema } from '@coatrack/training';

// The trainer's parts are not exported by the library.
const require = createRequire(import.meta.url);
const { TrainStep } = require('../../libs/training/dist/train-step.js');
const { createOptimizer } = require('../../libs/training/dist/optimizers/create-optimizer.js');
const { ImageLoader, trainingView } = require('../../libs/training/dist/image-loader.js');
const { augmentationOf } = require('../../libs/training/dist/recipe/augmentation.js');
const sharp = createRequire(require.resolve('@coatrack/images'))('sharp');

const turns = Number(process.env.COATRACK_BENCH_TURNS ?? 8);
const size = { width: 500, height: 375 };
const classes = 100;

const settings = [
  { name: 'efficientnetv2_b0', batchSize: 32, imageSize: 64, steps: 16 },
  { name: 'efficientnetv2_s', batchSize: 16, imageSize: 128, steps: 8 },
];

const recipes = [
  ['mirrored alone', {}],
  ['resized crops, TrivialAugment', { cropMin: 0.35, augment: 'trivialaugment' }],
  [
    'resized crops, RandAugment 2 × 10, erasing, mixup, cutmix',
    { cropMin: 0.35, augment: 'randaugment', erasing: 0.25, mixup: 0.2, cutmix: 1 },
  ],
];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function jpegs(count) {
  const screen = readFileSync(
    new URL('../parity/fixtures/preprocessing/screen.jpg', import.meta.url),
  );
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      sharp(screen)
        .resize({ ...size, fit: 'fill' })
        .modulate({ hue: index })
        .jpeg({ quality: 90 })
        .toBuffer(),
    ),
  );
}

async function measured(images, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: images / seconds, processor: (user + system) / 1000 / images };
}

async function compare({ name, batchSize, imageSize, steps }, fields) {
  const count = batchSize * steps;
  const files = await jpegs(count);
  const labels = files.map((_, index) => index % classes);
  const set = { classes: labels, labels, read: async (index) => files[index] };
  const recipe = recipeSchema.parse({ batchSize, imageSize, epochs: 2, ...fields });
  const { mixup, cutmix, seed } = recipe;
  const architecture = findArchitecture(name);
  const classifier = new Classifier(architecture, { classes, imageSize });
  const optimizer = createOptimizer(classifier.parameters, recipe);
  const trainStep = new TrainStep(classifier, classifier.parameters, optimizer, recipe);
  const loader = new ImageLoader(set, { ...architecture.preprocessing, imageSize });
  let step = 0;
  const train = (batch) => {
    step++;
    return trainStep.run([batch], { step, ofOptimizer: step, learningRate: 1e-4 });
  };
  const order = Array.from({ length: steps }, (_, at) =>
    Array.from({ length: batchSize }, (_, row) => at * batchSize + row),
  );
  const fromLoader = async (epoch) => {
    const view = trainingView({ augmentation: augmentationOf(recipe), seed, epoch });
    for await (const batch of loader.batches(order, view, { mixup, cutmix, seed, epoch })) {
      await train(batch);
    }
  };
  const pixels = Float32Array.from({ length: batchSize * imageSize ** 2 * 3 }, () => Math.random());
  const kept = { images: pixels, labels: labels.slice(0, batchSize), imageSize };
  const fromMemory = async () => {
    for (let at = 0; at < steps; at++) await train(kept);
  };
  try {
    await fromMemory();
    const memory = await measured(count, fromMemory);
    const first = await measured(count, () => fromLoader(1));
    const pairs = [];
    for (let turn = 0; turn < turns; turn++) {
      const alone = await measured(count, fromMemory);
      pairs.push([alone, await measured(count, () => fromLoader(turn + 2))]);
    }
    return { first: { ratio: first.rate / memory.rate }, pairs };
  } finally {
    optimizer.dispose();
    classifier.dispose();
    await loader.close();
  }
}

const engine = await selectEngine('torch');
console.log(
  `${cpus()[0].model}, ${availableParallelism()} threads, ${Math.round(totalmem() / 2 ** 30)} GiB; ${engine.description}; ` +
    `${turns} turns, JPEGs of ${size.width} × ${size.height}\n`,
);
console.log(
  '| model | batch × size | images are | images/s, memory | loader | ratio (range) | in the first epoch | ratio of processor time | its ms per image, memory | loader |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const setting of settings) {
  for (const [title, fields] of recipes) {
    const { first, pairs } = await compare(setting, fields);
    const of = (side, key) => median(pairs.map((pair) => pair[side][key]));
    const ratios = pairs.map(([alone, loaded]) => loaded.rate / alone.rate).sort((a, b) => a - b);
    const cells = [
      setting.name,
      `${setting.batchSize} × ${setting.imageSize}`,
      title,
      of(0, 'rate').toFixed(1),
      of(1, 'rate').toFixed(1),
      `${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)}–${ratios.at(-1).toFixed(2)})`,
      first.ratio.toFixed(2),
      median(pairs.map(([alone, loaded]) => alone.processor / loaded.processor)).toFixed(2),
      of(0, 'processor').toFixed(2),
      of(1, 'processor').toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
