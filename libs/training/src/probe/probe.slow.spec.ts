import { selectEngine } from '@coatrack/kernels';
import { plain } from '@coatrack/images/testing';
import { Classifier, findArchitecture } from '@coatrack/models';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageSet } from '../dataset/image-set';
import { evaluate, predictorOf } from '../evaluate';
import { evaluationView, ImageLoader, inBatches } from '../image-loader';
import { FeatureReader, featuresName } from './feature-reader';
import { fitProbe } from './fit-probe';

const architecture = findArchitecture('efficientnetv2_b0');
const preprocessing = { ...architecture.preprocessing, imageSize: 32 };
const { signal } = new AbortController();
let images: ImageSet;

/** Two classes: warm and cold colours. */
beforeAll(async () => {
  await selectEngine('wasm');
  const labels = Array.from({ length: 16 }, (_, index) => index % 2);
  const files = await Promise.all(
    labels.map((label, index) => {
      const [strong, weak] = [180 + 4 * index, 10 + 6 * index];
      const colour = label === 0 ? { r: strong, g: 60, b: weak } : { r: weak, g: 60, b: strong };
      return plain(32, 32, colour).png().toBuffer();
    }),
  );
  images = { classes: ['warm', 'cold'], labels, read: async (index) => files[index]! };
});

const split = {
  train: Array.from({ length: 12 }, (_, index) => index),
  validation: [12, 13, 14, 15],
};

async function read(of: ImageSet, classifier: Classifier) {
  const options = {
    classifier,
    images: of,
    preprocessing,
    batchSize: 5,
    precision: 'fp32',
  } as const;
  const reader = new FeatureReader(options);
  try {
    return await reader.read(
      of.labels.map((_, index) => index),
      signal,
      () => undefined,
    );
  } finally {
    await reader.close();
  }
}

describe('a head in closed form', () => {
  it('answers, in the whole network, as it was measured on features', async () => {
    const classifier = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    const probe = await fitProbe(await read(images, classifier), images, split, signal);
    classifier.setHead(probe.weights, probe.bias);
    const loader = new ImageLoader(images, preprocessing);
    const batches = loader.batches(inBatches(split.validation, 4), evaluationView);
    const whole = await evaluate(predictorOf(classifier), batches, signal);
    await loader.close();
    classifier.dispose();
    expect(whole.loss).toBeCloseTo(probe.validation.loss, 4);
    expect(whole.top1).toBe(1);
    expect(probe.leftOutEvaluation.loss).toBeCloseTo(probe.leftOutLoss, 5);
  });

  it('does not change with the labels of images that are held out', async () => {
    const classifier = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    const features = await read(images, classifier);
    classifier.dispose();
    const wrong = images.labels.map((label, index) => (index < 12 ? label : 1 - label));
    const [one, other] = [images, { ...images, labels: wrong }];
    const fits = [
      await fitProbe(features, one, split, signal),
      await fitProbe(features, other, split, signal),
    ];
    expect(fits[0]!.weights).toEqual(fits[1]!.weights);
    expect(fits[0]!.validation.top1).toBe(1);
    expect(fits[1]!.validation.top1).toBe(0);
  });

  it('names an image that cannot be read, and does without it where it is not used', async () => {
    const broken: ImageSet = {
      ...images,
      read: (index) =>
        index === 6 ? Promise.resolve(Buffer.from('no image')) : images.read(index),
    };
    const classifier = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    const features = await read(broken, classifier);
    const all = await read(images, classifier);
    classifier.dispose();
    expect(features.unreadable).toEqual([{ image: 6, reason: expect.any(String) as string }]);
    const { columns } = features;
    // The neighbouring images still have their own rows.
    for (const row of [5, 7]) {
      const own = ({ values }: typeof features) => values.slice(row * columns, (row + 1) * columns);
      const worst = own(features).map((value, at) => Math.abs(value - own(all)[at]!));
      expect(Math.max(...worst)).toBeLessThan(1e-4);
    }
    await expect(fitProbe(features, broken, split, signal)).rejects.toThrow(
      /Image 6 can't be read/,
    );
    const without = { ...split, train: split.train.filter((index) => index !== 6) };
    expect((await fitProbe(features, broken, without, signal)).validation.top1).toBe(1);
  });

  it('ends between two batches when it is aborted', async () => {
    const classifier = new Classifier(architecture, { classes: 2, imageSize: 32, seed: 1 });
    const options = { classifier, images, preprocessing, batchSize: 4, precision: 'fp32' } as const;
    const reader = new FeatureReader(options);
    const control = new AbortController();
    const reason = new Error('cancelled');
    const reading = reader.read([0, 1, 2, 3, 4, 5, 6, 7], control.signal, () =>
      control.abort(reason),
    );
    await expect(reading).rejects.toBe(reason);
    await reader.close();
    classifier.dispose();
  });
});

describe("features' name", () => {
  it('changes with everything that they depend on, and with nothing else', () => {
    const of = {
      images: 'a'.repeat(64),
      weights: 'b'.repeat(64),
      architecture: 'efficientnetv2_b0',
      preprocessing,
      precision: 'fp32',
    } as const;
    const name = featuresName(of);
    const others = [
      { ...of, images: 'c'.repeat(64) },
      { ...of, weights: 'c'.repeat(64) },
      { ...of, architecture: 'coatnet_0' },
      { ...of, preprocessing: { ...preprocessing, imageSize: 64 } },
      { ...of, preprocessing: { ...preprocessing, cropMode: 'squash' as const } },
      { ...of, precision: 'bf16' as const },
    ].map(featuresName);
    expect(new Set([name, ...others]).size).toBe(7);
    const spelled = { ...of, preprocessing: { ...preprocessing, cropMode: 'center' as const } };
    expect(featuresName(spelled)).toBe(name);
  });
});
