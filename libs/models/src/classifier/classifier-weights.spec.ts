import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { WeightsMismatchError } from '../errors';
import { validateWeights } from '../import/validate-weights';
import { Classifier } from './classifier';
import {
  coAtNet,
  coAtNetWithMlpBias,
  efficientNet,
  largestDifference,
  options,
  randomImages,
  sourceOf,
} from './small-networks.fixture';

beforeAll(() => tf.setBackend('cpu'));

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
    const before = classifier.predict(randomImages(1));
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
        message: 'bn2.weight contains I64 instead of floating-point numbers.',
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
    expect(largestDifference(classifier.predict(randomImages(1)), before)).toBe(0);
  });

  it('are listed up to a limit, and counted', async () => {
    const source = await sourceOf(new Classifier(efficientNet, options));
    const tensors = new Map(source.tensors);
    for (let extra = 0; extra < 150_000; extra++) {
      tensors.set(`${extra}.${'x'.repeat(300)}`, { dtype: 'F32', shape: [] });
    }
    const matching = () => validateWeights({ tensors }, efficientNet, 5);
    expect(matching).toThrow(/150000 problems.*- 19\.x+… is extra.*- and 149980 more$/s);
    const message = String(await new Promise(matching).catch((error: unknown) => error));
    expect(message.length).toBeLessThan(5000);
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

describe('image sizes', () => {
  it('differ freely for EfficientNetV2', () => {
    const classifier = new Classifier(efficientNet, options);
    expect(classifier.predict(randomImages(1, 47)).shape).toEqual([1, 5]);
  });

  it('are fixed for a CoAtNet', () => {
    const classifier = new Classifier(coAtNet, options);
    expect(() => classifier.predict(randomImages(1, 64))).toThrow(
      'This CoAtNet-0 takes 32×32 pixels, not 64×64.',
    );
  });

  it('of a CoAtNet may change on loading: its position tables are resized', async () => {
    const source = await sourceOf(new Classifier(coAtNet, options));
    const larger = new Classifier(coAtNet, { ...options, imageSize: 64, seed: 4 });
    await larger.load(source, { replaceHead: false });
    const table = larger.parameters.find(({ spec }) => spec.grid)!;
    expect(table.variable.shape).toEqual([15 * 15, 2]);
    expect(larger.predict(randomImages(1, 64)).shape).toEqual([1, 5]);
  });

  it('of a CoAtNet whose position bias comes from an MLP differ freely in multiples of 32', async () => {
    const trained = new Classifier(coAtNetWithMlpBias, options);
    const larger = new Classifier(coAtNetWithMlpBias, { ...options, imageSize: 64, blank: true });
    await larger.load(await sourceOf(trained), { replaceHead: false });
    const images = randomImages(1, 64);
    expect(largestDifference(trained.predict(images), larger.predict(images))).toBe(0);
    expect(() => trained.predict(randomImages(1, 80))).toThrow(/multiple of 32.*80 is not/);
  });
});
