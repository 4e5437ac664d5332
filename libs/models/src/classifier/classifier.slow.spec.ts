import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// Registers TensorFlow.js's gradients.
import '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WeightsMismatchError } from '../errors';
import { openSafetensors } from '../weights/safetensors-reader';
import { writeSafetensors } from '../weights/safetensors-writer';
import { Classifier, type TrainingMode } from './classifier';
import {
  coAtNet,
  efficientNet,
  largestDifference,
  options,
  randomImages,
  sourceOf,
} from './small-networks.fixture';

const still: TrainingMode = { frozenBackbone: false, dropRate: 0, dropPathRate: 0, seed: 1 };

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'classifier-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([efficientNet, coAtNet])('Classifier of $title', (architecture) => {
  it('the same seed gives the same weights, another seed different ones', async () => {
    const [one, two] = [3, 3].map((seed) => new Classifier(architecture, { ...options, seed }));
    const other = new Classifier(architecture, { ...options, seed: 4 });
    const images = randomImages(2);
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

  it('answers with a head that replaces its own', () => {
    const classifier = new Classifier(architecture, options);
    const { classes } = options;
    const width = classifier.featureCount;
    const weights = Float32Array.from({ length: classes * width }, (_, place) => (place % 7) - 3);
    const bias = Float32Array.of(0, 1, 2, 3, 4);
    classifier.setHead(weights, bias);
    const images = randomImages(2);
    const features = classifier.features(images);
    expect(features.shape).toEqual([2, width]);
    const wanted = tf.add(
      tf.matMul(features, tf.tensor2d(weights, [classes, width]), false, true),
      bias,
    );
    expect(largestDifference(classifier.predict(images), wanted)).toBeLessThan(1e-4);
  });

  it('a saved classifier is unchanged when it is loaded', async () => {
    const saved = new Classifier(architecture, options);
    const loaded = new Classifier(architecture, { ...options, seed: 4 });
    tf.dispose(saved.forward(randomImages(4), still));
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
    const images = randomImages(2);
    expect(largestDifference(saved.predict(images), loaded.predict(images))).toBe(0);
  });

  it('running a classifier leaves no other tensors behind', () => {
    const before = tf.memory().numTensors;
    const classifier = new Classifier(architecture, options);
    const own = classifier.parameters.length + classifier.statistics.length;
    expect(tf.memory().numTensors).toBe(before + own);
    for (const frozenBackbone of [false, true]) {
      const mode = { frozenBackbone, dropRate: 0.2, dropPathRate: 0.2, seed: 1 };
      tf.tidy(() => {
        const images = randomImages(3);
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

  it('with a frozen backbone, only the head is trained', () => {
    const classifier = new Classifier(architecture, options);
    const images = randomImages(2);
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

  it('dropout and stochastic depth depend on the seed', () => {
    const classifier = new Classifier(architecture, options);
    const images = randomImages(4);
    const logits = (seed: number) =>
      classifier.forward(images, { ...still, dropRate: 0.3, dropPathRate: 0.5, seed });
    expect(largestDifference(logits(1), logits(1))).toBe(0);
    expect(largestDifference(logits(1), logits(2))).toBeGreaterThan(1e-4);
  });

  it('a backbone can be loaded without the head of other classes', async () => {
    const source = await sourceOf(new Classifier(architecture, options));
    const target = new Classifier(architecture, { classes: 7, imageSize: 32, seed: 9 });
    const head = target.parameters.filter(({ spec }) => spec.head);
    const before = head.map(({ variable }) => tf.clone(variable));
    await expect(target.load(source, { replaceHead: false })).rejects.toThrow(WeightsMismatchError);
    await target.load(source, { replaceHead: true });
    expect(target.predict(randomImages(1)).shape).toEqual([1, 7]);
    head.forEach(({ variable }, i) => expect(largestDifference(variable, before[i])).toBe(0));
    const [{ spec, variable }] = target.parameters;
    const { data } = source.tensors.get(spec.name) as unknown as { data(): Promise<Float32Array> };
    expect(l1(await data())).toBeCloseTo(l1(variable.dataSync()), 3);
  });
});

function batches(classifier: Classifier): string {
  return classifier.save().find(({ dtype }) => dtype === 'I64')!.name;
}

function l1(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + Math.abs(value), 0);
}
