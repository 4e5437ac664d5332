import { availableEngines, selectEngine } from '@coatrack/kernels';
import { Classifier, findArchitecture } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';

// One thread: test files run side by side, and threads of one computation that wait for each other would starve.
process.env['COATRACK_THREADS'] = '1';
const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

/** Losses of a few steps of plain gradient descent on 8 pictures that are told apart by brightness. */
async function losses(architecture: string): Promise<number[]> {
  const imageSize = 64;
  const classifier = new Classifier(findArchitecture(architecture), {
    classes: 2,
    imageSize,
    seed: 5,
  });
  const noise = tf.randomNormal([8, imageSize, imageSize, 3], 0, 0.5, 'float32', 11);
  const sides = tf.tensor4d([1, -1, 1, -1, 1, -1, 1, -1], [8, 1, 1, 1]);
  const images = tf.add(noise, sides) as tf.Tensor4D;
  const targets = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32'), 2);
  const variables = classifier.parameters.map(({ variable }) => variable);
  const mode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 0 };
  const curve: number[] = [];
  for (let step = 0; step < 5; step++) {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const entropy = tf.neg(
          tf.sum(tf.mul(tf.logSoftmax(classifier.forward(images, mode)), targets)),
        );
        return tf.div(entropy, 8) as tf.Scalar;
      }, variables);
      for (const variable of variables) {
        variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, 0.01)));
      }
      return value;
    });
    curve.push((await loss.data())[0]!);
    loss.dispose();
  }
  classifier.dispose();
  tf.dispose([noise, sides, images, targets]);
  return curve;
}

describe.skipIf(!torch.available)('bfloat16 on the torch engine', () => {
  afterAll(() => tf.env().set('TORCH_BFLOAT16', false));

  it('follows the loss of float32', async () => {
    await selectEngine('torch');
    tf.env().set('TORCH_BFLOAT16', false);
    const exact = await losses('efficientnetv2_b0');
    tf.env().set('TORCH_BFLOAT16', true);
    const rounded = await losses('efficientnetv2_b0');
    expect(exact.at(-1)!).toBeLessThan(0.8 * exact[0]!);
    rounded.forEach((loss, step) => expect(Math.abs(loss - exact[step]!)).toBeLessThan(0.06));
    // Equal to the last digit would mean that nothing was computed in bfloat16.
    expect(rounded).not.toEqual(exact);
  }, 180_000);
});
