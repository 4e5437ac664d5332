/** A training step that the system refuses memory, in a process of its own whose limit is lowered. Prints JSON. */
import { execFileSync } from 'node:child_process';
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import { recipeSchema } from '@coatrack/training';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);
const { TrainStep } = require('../../libs/training/dist/train-step.js');
const { createOptimizer } = require('../../libs/training/dist/optimizers/create-optimizer.js');
const { torchMemory } = require('../../libs/kernels/dist/torch/index.js');

const imageSize = 96;
await selectEngine('torch');
const classifier = new Classifier(findArchitecture('efficientnetv2_b0'), { classes: 4, imageSize });
const recipe = recipeSchema.parse({ imageSize, batchSize: 2, trainable: 'all' });
const optimizer = createOptimizer(classifier.parameters, recipe);
const trainStep = new TrainStep(classifier, classifier.parameters, optimizer, recipe);

const batchOf = (count) => ({
  images: new Float32Array(count * imageSize * imageSize * 3).fill(0.5),
  labels: Array.from({ length: count }, (_, index) => index % 4),
  imageSize,
});
const run = (batch, step) => trainStep.run([batch], { step, learningRate: 1e-4 });
const limitMemory = (bytes) =>
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:unlimited`]);
const addressSpace = () =>
  Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;

const [small, large] = [batchOf(2), batchOf(256)];
await run(small, 1);
const before = { handles: torchMemory().handles, tensors: tf.memory().numTensors };
limitMemory(addressSpace() + (256 << 20));
const error = await run(large, 2).catch((thrown) => thrown);
limitMemory('unlimited');
const after = { handles: torchMemory().handles, tensors: tf.memory().numTensors };
const { loss } = await run(small, 3);
console.log(JSON.stringify({ name: error.name, message: error.message, before, after, loss }));
process.exit(0);
