/**
 * Times the wasm engine's kernels against tfjs-backend-wasm's own, then whole training steps and predictions, in one run:
 * `npx nx run-many -t build` first, then `node test/bench/kernels.mjs [--steps-only]`. Each figure is the best of many runs, so
 * that other work on the machine disturbs it least. COATRACK_THREADS sets the threads of our side.
 */
import console from 'node:console';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import process from 'node:process';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-wasm');
const { selectEngine } = require('@coatrack/kernels');
const { Classifier, findArchitecture } = require('@coatrack/models');

const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);
const random = (...shape) => tf.randomNormal(shape, 0, 1, 'float32', 1);

/** Milliseconds of the fastest run within `budget` milliseconds, at least two runs. */
function best(compute, budget) {
  let fastest = Infinity;
  const start = performance.now();
  for (let runs = 0; runs < 2 || performance.now() - start < budget; runs++) {
    const from = performance.now();
    const result = compute();
    fastest = Math.min(fastest, performance.now() - from);
    tf.dispose(result);
  }
  return fastest;
}

function convolution(label, shape, size, outChannels, stride = 1) {
  const conv = { strides: stride, pad: 'same', dataFormat: 'NHWC' };
  const make = () => {
    const x = random(...shape);
    const filter = random(size, size, shape[3], outChannels);
    return { x, filter, dy: tf.conv2d(x, filter, stride, 'same') };
  };
  const filterShape = [size, size, shape[3], outChannels];
  const out = Math.ceil(shape[1] / stride);
  const work = 2 * shape[0] * out * out * outChannels * size * size * shape[3];
  return [
    { name: `${label}: Conv2D`, make, work, run: (t) => tf.conv2d(t.x, t.filter, stride, 'same') },
    {
      name: `${label}: Conv2DBackpropInput`,
      make,
      work,
      run: ({ dy, filter }) =>
        run('Conv2DBackpropInput', { dy, filter }, { ...conv, inputShape: shape }),
    },
    {
      name: `${label}: Conv2DBackpropFilter`,
      make,
      work,
      run: ({ dy, x }) => run('Conv2DBackpropFilter', { dy, x }, { ...conv, filterShape }),
    },
  ];
}

const depthwiseShape = [16, 8, 8, 192];
const depthwise = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' };
const makeDepthwise = () => ({ x: random(...depthwiseShape), filter: random(3, 3, 192, 1) });
const makeImages = () => ({
  x: random(...depthwiseShape),
  row: random(192),
  gate: random(16, 1, 1, 192),
});
const makeSquare = () => ({ a: random(256, 256) });
const makeHeads = () => ({ a: random(96, 49, 32) });

const cases = [
  ...convolution('3×3 32→128', [2, 16, 16, 32], 3, 128),
  ...convolution('3×3 32→128 stride 2', [2, 16, 16, 32], 3, 128, 2),
  ...convolution('1×1 112→672', [16, 4, 4, 112], 1, 672),
  {
    name: 'DepthwiseConv2dNative',
    make: makeDepthwise,
    run: ({ x, filter }) => tf.depthwiseConv2d(x, filter, 1, 'same'),
  },
  {
    name: 'DepthwiseConv2dNativeBackpropInput',
    make: makeDepthwise,
    run: ({ x, filter }) =>
      run(
        'DepthwiseConv2dNativeBackpropInput',
        { dy: x, filter },
        { ...depthwise, inputShape: depthwiseShape },
      ),
  },
  {
    name: 'DepthwiseConv2dNativeBackpropFilter',
    make: makeDepthwise,
    run: ({ x }) =>
      run(
        'DepthwiseConv2dNativeBackpropFilter',
        { dy: x, x },
        { ...depthwise, filterShape: [3, 3, 192, 1] },
      ),
  },
  { name: 'BatchMatMul', make: makeSquare, run: ({ a }) => tf.matMul(a, a) },
  { name: 'BatchMatMul, a transposed', make: makeSquare, run: ({ a }) => tf.matMul(a, a, true) },
  {
    name: 'BatchMatMul, b transposed',
    make: makeSquare,
    run: ({ a }) => tf.matMul(a, a, false, true),
  },
  { name: 'BatchMatMul, 96 heads', make: makeHeads, run: ({ a }) => tf.matMul(a, a, false, true) },
  { name: 'Multiply', make: makeImages, run: ({ x }) => tf.mul(x, x) },
  { name: 'Multiply by channel gates', make: makeImages, run: ({ x, gate }) => tf.mul(x, gate) },
  { name: 'Add a row', make: makeImages, run: ({ x, row }) => tf.add(x, row) },
  { name: 'Sigmoid', make: makeImages, run: ({ x }) => tf.sigmoid(x) },
  { name: 'Mean over height, width', make: makeImages, run: ({ x }) => tf.mean(x, [1, 2]) },
  { name: 'Sum over all but channels', make: makeImages, run: ({ x }) => tf.sum(x, [0, 1, 2]) },
  { name: 'Softmax', make: makeHeads, run: ({ a }) => tf.softmax(a) },
  { name: 'Transpose', make: makeHeads, run: ({ a }) => tf.transpose(a, [1, 0, 2]) },
  { name: 'Slice', make: makeImages, run: ({ x }) => tf.slice(x, [0, 0, 0, 64], [16, 8, 8, 64]) },
];

/** Milliseconds of each case; undefined where the current backend lacks the kernel. */
function timeCases() {
  return cases.map(({ make, run }) => {
    try {
      const tensors = make();
      const time = best(() => run(tensors), 250);
      tf.dispose(tensors);
      return time;
    } catch (error) {
      if (/not registered/.test(error.message)) return undefined;
      throw error;
    }
  });
}

function timeModel(name, batch, imageSize) {
  const classes = 10;
  const classifier = new Classifier(findArchitecture(name), { classes, imageSize, seed: 1 });
  const images = random(batch, imageSize, imageSize, 3);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % classes),
      'int32',
    ),
    classes,
  );
  const mode = { frozenBackbone: false, dropRate: 0.1, dropPathRate: 0.1, seed: 1 };
  const loss = () =>
    tf.tidy(() => {
      const logits = classifier.forward(images, mode);
      const logProbabilities = tf.sub(logits, tf.logSumExp(logits, 1, true));
      return tf.neg(tf.mean(tf.sum(tf.mul(logProbabilities, tf.cast(labels, 'float32')), 1)));
    });
  const variables = classifier.parameters.map(({ variable }) => variable);
  const velocities = variables.map((variable) => tf.zerosLike(variable));
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, variables);
      const gradients = variables.map(({ name }) => grads[name]);
      run('SgdStep', [...variables, ...gradients, ...velocities], {
        learningRate: variables.map(() => 0.001),
        momentum: 0.9,
        nesterov: false,
        clipNorm: 0,
        weightDecay: variables.map(() => 0),
      });
      value.dataSync();
    });
  const trained = (batch / best(step, 5000)) * 1000;
  const predicted = (batch / best(() => classifier.predict(images), 2000)) * 1000;
  classifier.dispose();
  tf.dispose(velocities);
  console.log(
    `${name}, ${imageSize} px, batch ${batch}: trains ${trained.toFixed(1)} images/s, ` +
      `predicts ${predicted.toFixed(1)} images/s`,
  );
}

const stepsOnly = process.argv.includes('--steps-only');
let before = [];
if (!stepsOnly) {
  await tf.setBackend('wasm');
  before = timeCases();
}
console.log((await selectEngine('wasm')).description);
if (!stepsOnly) {
  console.log(`${'kernel'.padEnd(44)} tfjs ms  ours ms   ratio`);
  timeCases().forEach((after, i) => {
    const { name, work } = cases[i];
    const was = before[i];
    console.log(
      [
        name.padEnd(44),
        (was?.toFixed(3) ?? 'absent').padStart(8),
        after.toFixed(3).padStart(8),
        (was ? `${(was / after).toFixed(1)}×` : '').padStart(7),
        work ? ` ${(work / after / 1e6).toFixed(1)} GFLOPS` : '',
      ].join(' '),
    );
  });
}
timeModel('efficientnetv2_b0', 16, 64);
timeModel('coatnet_0', 8, 64);
