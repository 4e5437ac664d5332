import { availableEngines, selectEngine } from '@coatrack/kernels';
import type { Classifier } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from './fill';
import {
  filledClassifier,
  gradientReference,
  gradientReferences,
  type GradientReference,
  l2,
} from './reference';

const tolerance = 2e-3;

interface Step {
  loss: number;
  logits: Float32Array;
  /** By name, in PyTorch's layout. */
  gradients: ReadonlyMap<string, Float32Array>;
}

/** One pass forward and back in training mode with neither dropout nor stochastic depth. */
function step(classifier: Classifier, { inputs, input_size, labels }: GradientReference): Step {
  const [, size] = input_size;
  const mode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 0 };
  let result!: Step;
  tf.tidy(() => {
    const images = tf.concat(
      inputs.map((name) => tf.tensor4d(filledImage(name, size), [1, size, size, 3])),
    );
    const target = tf.oneHot(tf.tensor1d(labels, 'int32'), 1000);
    let logits!: Float32Array;
    const { value, grads } = tf.variableGrads(
      () => {
        const output = classifier.forward(images, mode);
        logits = output.dataSync<'float32'>();
        const likelihood = tf.sum(tf.mul(target, tf.logSoftmax(output)), -1);
        return tf.neg(tf.mean(likelihood)) as tf.Scalar;
      },
      classifier.parameters.map(({ variable }) => variable),
    );
    const gradients = new Map(
      classifier.parameters.map(({ spec, variable }) => {
        const gradient = grads[variable.name];
        return [spec.name, torchOrder(gradient, spec.layout)];
      }),
    );
    result = { loss: value.dataSync()[0], logits, gradients };
  });
  return result;
}

function torchOrder(gradient: tf.Tensor, layout: string): Float32Array {
  const axes = { conv: [3, 2, 0, 1], depthwise: [2, 3, 0, 1], dense: [1, 0], same: undefined };
  const permutation = axes[layout as keyof typeof axes];
  return (permutation ? tf.transpose(gradient, permutation) : gradient).dataSync<'float32'>();
}

const engines = (await availableEngines()).filter(({ available }) => available);

// What every engine owes the libraries above it: the same step, to the last gradient.
describe.each(engines)('gradient parity with timm on $name', ({ name: engine }) => {
  beforeAll(() => selectEngine(engine));

  it.each(gradientReferences)('%s', async (name) => {
    const reference = gradientReference(name);
    const classifier = await filledClassifier(name, reference.input_size[1]);
    const tensorsBefore = tf.memory().numTensors;

    const { loss, logits, gradients } = step(classifier, reference);

    expect(tf.memory().numTensors).toBe(tensorsBefore);
    expect(Math.abs(loss - reference.loss)).toBeLessThan(1e-4);
    const errors = reference.logits.flat().map((value, index) => Math.abs(value - logits[index]));
    expect(Math.max(...errors)).toBeLessThan(2e-4);

    expect([...gradients.keys()]).toEqual(reference.grads.map(([tensor]) => tensor));
    const floor = 1e-4 * reference.total_grad_l2;
    const zero = new Set(reference.exact_zero_grads);
    for (const [tensor, norm, first] of reference.grads) {
      const gradient = gradients.get(tensor)!;
      const bound = tolerance * Math.max(norm, floor);
      expect(Math.abs(l2(gradient) - norm), tensor).toBeLessThan(bound);
      if (zero.has(tensor) || norm < floor) continue;
      const typical = norm / Math.sqrt(gradient.length);
      for (const [index, value] of first.entries()) {
        const allowed = tolerance * Math.max(Math.abs(value), typical);
        expect(Math.abs(gradient[index] - value), `${tensor}[${index}]`).toBeLessThan(allowed);
      }
    }

    const statistics = new Map(
      classifier.statistics.map(({ spec, variable }) => [spec.name, variable]),
    );
    expect(statistics.size).toBe(reference.running_stats_after_step.length);
    for (const [tensor, norm] of reference.running_stats_after_step) {
      const moved = l2(statistics.get(tensor)!.dataSync());
      expect(Math.abs(moved / norm - 1), tensor).toBeLessThan(1e-5);
    }
    classifier.dispose();
  });
});
