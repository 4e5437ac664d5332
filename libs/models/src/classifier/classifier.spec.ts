import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// Registers TensorFlow.js's gradients.
import '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../architecture';
import { findArchitecture } from '../architectures/catalogue';
import { type CoAtNetTable, coAtNetFeatures } from '../architectures/coatnet';
import { type EfficientNetV2Table, efficientNetV2Features } from '../architectures/efficientnetv2';
import { WeightsMismatchError } from '../errors';
import { openSafetensors } from '../weights/safetensors-reader';
import { writeSafetensors } from '../weights/safetensors-writer';
import { validateWeights } from '../weights/validate-weights';
import type { WeightsSource } from '../weights/weights-source';
import { Classifier, type TrainingMode } from './classifier';

const still: TrainingMode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 1 };

/** Both families with few and narrow blocks. */
function small(name: string, features: Architecture['features']): Architecture {
  const whole = findArchitecture(name);
  return {
    ...whole,
    features,
    forward: (net, images, options) => whole.head(net, features(net, images), options),
  };
}
const efficientNetTable: EfficientNetV2Table = {
  stem: 8,
  stages: [
    { block: 'fused-mbconv', layers: 1, stride: 1, expandRatio: 1, channels: 8 },
    { block: 'fused-mbconv', layers: 2, stride: 2, expandRatio: 4, channels: 8 },
    { block: 'mbconv', layers: 2, stride: 2, expandRatio: 4, channels: 16 },
  ],
  head: 24,
  seRatio: 0.25,
  padding: 'same',
  epsilon: 1e-3,
};
const coAtNetTable: CoAtNetTable = {
  stem: 8,
  stages: [
    { block: 'mbconv', layers: 1, stride: 2, channels: 8 },
    { block: 'transformer', layers: 2, stride: 2, channels: 16 },
  ],
  expandRatio: 4,
  seRatio: 0.25,
  headDim: 8,
  batchNormEpsilon: 1e-5,
  layerNormEpsilon: 1e-6,
};
const efficientNet = small('efficientnetv2_b0', (net, x) =>
  efficientNetV2Features(efficientNetTable, net, x),
);
const coAtNet = small('coatnet_0', (net, x) => coAtNetFeatures(coAtNetTable, net, x));
const families = [efficientNet, coAtNet];

const options = { classes: 5, imageSize: 32, seed: 3 };

function pictures(batch: number, size = 32): tf.Tensor4D {
  return tf.randomNormal([batch, size, size, 3], 0, 1, 'float32', 11);
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

async function sourceOf(classifier: Classifier): Promise<WeightsSource> {
  const tensors = new Map(classifier.save().map((tensor) => [tensor.name, tensor]));
  return {
    tensors,
    read: async (name) => Float32Array.from(await tensors.get(name)!.data(), Number),
  };
}

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'classifier-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(families)('Classifier of $title', (architecture) => {
  it('starts the same from the same seed, and otherwise from another', async () => {
    const [one, two] = [3, 3].map((seed) => new Classifier(architecture, { ...options, seed }));
    const other = new Classifier(architecture, { ...options, seed: 4 });
    const images = pictures(2);
    expect(largestDifference(one.predict(images), two.predict(images))).toBe(0);
    expect(largestDifference(one.predict(images), other.predict(images))).toBeGreaterThan(1e-4);
    const weight = one.parameters.find(({ spec }) => spec.initializer.kind === 'normal')!;
    const { mean, variance } = tf.moments(weight.variable);
    expect(Math.abs(mean.dataSync()[0])).toBeLessThan(0.1);
    const deviation = Math.sqrt(variance.dataSync()[0]);
    const { initializer } = weight.spec;
    if (initializer.kind !== 'normal') throw new TypeError('not normal');
    expect(deviation / initializer.deviation).toBeCloseTo(1, 0);
  });

  it('comes back from a file as it was', async () => {
    const saved = new Classifier(architecture, options);
    const loaded = new Classifier(architecture, { ...options, seed: 4 });
    tf.dispose(saved.forward(pictures(4), still));
    const path = join(folder, `${architecture.name}.safetensors`);
    await writeSafetensors(path, saved.save());
    const file = await openSafetensors(path);
    await loaded.load(file, { replaceHead: false });
    expect([...file.tensors.keys()].sort()).toEqual(
      saved
        .save()
        .map(({ name }) => name)
        .sort(),
    );
    expect([...(await file.read(batches(saved)))]).toEqual([1]);
    await file.close();
    const images = pictures(2);
    expect(largestDifference(saved.predict(images), loaded.predict(images))).toBe(0);
  });

  it('keeps no tensor but its own', () => {
    const before = tf.memory().numTensors;
    const classifier = new Classifier(architecture, options);
    const own = classifier.parameters.length + classifier.statistics.length;
    expect(tf.memory().numTensors).toBe(before + own);
    for (const frozenBackbone of [false, true]) {
      const mode = { frozenBackbone, dropRate: 0.2, dropPathRate: 0.2, seed: 1 };
      tf.tidy(() => {
        const images = pictures(3);
        classifier.predict(images);
        const variables = classifier.parameters
          .filter(({ spec }) => spec.head || !frozenBackbone)
          .map(({ variable }) => variable);
        const loss = () => tf.mean(tf.square(classifier.forward(images, mode))) as tf.Scalar;
        const { grads } = tf.variableGrads(loss, variables);
        expect(Object.keys(grads)).toHaveLength(variables.length);
      });
      expect(tf.memory().numTensors).toBe(before + own);
    }
    classifier.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('trains only the head of a frozen backbone', () => {
    const classifier = new Classifier(architecture, options);
    const images = pictures(2);
    const frozen = { ...still, frozenBackbone: true, dropPathRate: 0.9 };
    const before = classifier.predict(images);
    expect(largestDifference(classifier.forward(images, frozen), before)).toBe(0);
    const dropped = classifier.forward(images, { ...frozen, dropRate: 0.5 });
    expect(largestDifference(dropped, before)).toBeGreaterThan(1e-4);
    const backbone = classifier.parameters.find(({ spec }) => !spec.head)!.variable;
    const loss = () => tf.sum(classifier.forward(images, frozen)) as tf.Scalar;
    expect(() => tf.variableGrads(loss, [backbone])).toThrow(/Cannot find a connection/);
    expect(largestDifference(classifier.predict(images), before)).toBe(0);
  });

  it('draws dropout and stochastic depth from the seed', () => {
    const classifier = new Classifier(architecture, options);
    const images = pictures(4);
    const logits = (seed: number) =>
      classifier.forward(images, { ...still, dropRate: 0.3, dropPathRate: 0.5, seed });
    expect(largestDifference(logits(1), logits(1))).toBe(0);
    expect(largestDifference(logits(1), logits(2))).toBeGreaterThan(1e-4);
  });

  it('takes a backbone and leaves the head for other classes', async () => {
    const source = await sourceOf(new Classifier(architecture, options));
    const target = new Classifier(architecture, { classes: 7, imageSize: 32, seed: 9 });
    const head = target.parameters.filter(({ spec }) => spec.head);
    const before = head.map(({ variable }) => tf.clone(variable));
    await expect(target.load(source, { replaceHead: false })).rejects.toThrow(WeightsMismatchError);
    await target.load(source, { replaceHead: true });
    expect(target.predict(pictures(1)).shape).toEqual([1, 7]);
    head.forEach(({ variable }, i) => expect(largestDifference(variable, before[i])).toBe(0));
    const [{ spec, variable }] = target.parameters;
    const { data } = source.tensors.get(spec.name) as unknown as { data(): Promise<Float32Array> };
    expect(l1(await data())).toBeCloseTo(l1(variable.dataSync()), 3);
  });
});

describe('weights that do not fit', () => {
  it('are all named', async () => {
    const classifier = new Classifier(efficientNet, options);
    const source = await sourceOf(classifier);
    const tensors = new Map<string, { dtype: 'F32' | 'I64'; shape: readonly number[] }>(
      source.tensors as ReadonlyMap<string, { dtype: 'F32' | 'I64'; shape: readonly number[] }>,
    );
    tensors.delete('conv_stem.weight');
    tensors.delete('bn1.num_batches_tracked');
    tensors.set('classifier.bias', { dtype: 'F32', shape: [6] });
    tensors.set('bn2.weight', { dtype: 'I64', shape: [24] });
    tensors.set('optimizer.step', { dtype: 'F32', shape: [] });
    const before = classifier.predict(pictures(1));
    const error: unknown = await classifier
      .load({ ...source, tensors }, { replaceHead: false })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(WeightsMismatchError);
    expect((error as WeightsMismatchError).problems).toEqual([
      {
        tensor: 'conv_stem.weight',
        problem: 'missing',
        message: 'conv_stem.weight is missing: expected [8, 3, 3, 3].',
      },
      {
        tensor: 'bn2.weight',
        problem: 'misshaped',
        message: 'bn2.weight holds integers (I64) instead of F32, F16 or BF16.',
      },
      {
        tensor: 'classifier.bias',
        problem: 'misshaped',
        message: 'classifier.bias has the shape [6] instead of [5].',
      },
      {
        tensor: 'optimizer.step',
        problem: 'extra',
        message: 'optimizer.step is extra: the network has no such tensor.',
      },
    ]);
    expect(largestDifference(classifier.predict(pictures(1)), before)).toBe(0);
  });

  it('are found without an engine', async () => {
    const source = await sourceOf(new Classifier(coAtNet, { ...options, imageSize: 64 }));
    expect(() => validateWeights(source, coAtNet, 5)).not.toThrow();
    expect(() => validateWeights(source, coAtNet, 6)).toThrow(
      /head\.fc\.weight.*\n.*head\.fc\.bias/,
    );
    expect(() => validateWeights(source, efficientNet, 5)).toThrow(/problems/);
  });
});

describe('picture sizes', () => {
  it('differ freely for EfficientNetV2', () => {
    const classifier = new Classifier(efficientNet, options);
    expect(classifier.predict(pictures(1, 47)).shape).toEqual([1, 5]);
  });

  it('are fixed for a CoAtNet', () => {
    const classifier = new Classifier(coAtNet, options);
    expect(() => classifier.predict(pictures(1, 64))).toThrow(
      'This CoAtNet-0 looks at 32×32 pixels, not at 64×64.',
    );
  });

  it('of a CoAtNet may change on loading: its position tables are resized', async () => {
    const source = await sourceOf(new Classifier(coAtNet, options));
    const larger = new Classifier(coAtNet, { ...options, imageSize: 64, seed: 4 });
    await larger.load(source, { replaceHead: false });
    const table = larger.parameters.find(({ spec }) => spec.grid)!;
    expect(table.variable.shape).toEqual([15 * 15, 2]);
    expect(larger.predict(pictures(1, 64)).shape).toEqual([1, 5]);
  });
});

function batches(classifier: Classifier): string {
  return classifier.save().find(({ dtype }) => dtype === 'I64')!.name;
}

function l1(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + Math.abs(value), 0);
}
