/** Coatrack's side of bench:train. Reads one command a line, answers one JSON line each. */
import console from 'node:console';
import { createRequire } from 'node:module';
import process from 'node:process';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import { recipeSchema } from '@coatrack/training';
import * as tf from '@tensorflow/tfjs-core';

// The step is no part of the library's surface; the benchmark times it as the trainer runs it.
const require = createRequire(import.meta.url);
const { TrainStep } = require('../../libs/training/dist/train-step.js');
const { createOptimizer } = require('../../libs/training/dist/optimizers/create-optimizer.js');

const [name, batch, size, precision] = process.argv.slice(2);
const imageSize = Number(size);
const count = Number(batch);
const engine = await selectEngine('torch');
// For the forward command; a step takes its precision from the recipe.
tf.env().set('TORCH_BFLOAT16', precision === 'bf16');
const classifier = new Classifier(findArchitecture(name), { classes: 1000, imageSize });
const recipe = recipeSchema.parse({
  optimizer: 'adamw',
  learningRate: 1e-3,
  weightDecay: 0.05,
  batchSize: count,
  imageSize,
  dropRate: 0,
  dropPathRate: 0,
  labelSmoothing: 0,
  clipNorm: 0,
  trainable: 'all',
  precision,
});
/** Made at the first step, as PyTorch makes its optimizer's state: the forward pass is measured without. */
let trainStep;

const images = tf.randomNormal([count, imageSize, imageSize, 3], 0, 1, 'float32', 1);
const pixels = images.dataSync();
const labels = Array.from({ length: count }, (_, i) => (i * 7) % 1000);
let steps = 0;

const commands = {
  // The training reading without its backward pass, as PyTorch's model.train() under no_grad.
  forward: () => {
    const mode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 0 };
    return tf.tidy(() => tf.sum(classifier.forward(images, mode)).dataSync()[0]);
  },
  step: async () => {
    trainStep ??= new TrainStep(
      classifier,
      classifier.parameters,
      createOptimizer(classifier.parameters, recipe),
      recipe,
    );
    steps++;
    const at = { step: steps, ofOptimizer: steps, learningRate: 1e-3 };
    return (await trainStep.run([{ images: pixels, labels, imageSize }], at)).loss;
  },
};

console.log(JSON.stringify({ ready: engine.description }));
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const value = await commands[line.trim()]();
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, value }));
}
