import { describe, expect, it } from 'vitest';
import { splitDataset } from './split';

const labels = [...Array(100).fill(0), ...Array(40).fill(1), 2, 2] as number[];

describe('splitDataset', () => {
  const options = { validationFraction: 0.2, seed: 7 };

  it('holds out the same share of every class, at least one and never all', () => {
    const { train, validation } = splitDataset({ labels }, options);
    const count = (label: number) => validation.filter((index) => labels[index] === label).length;
    expect([count(0), count(1), count(2)]).toEqual([20, 8, 1]);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    const most = splitDataset({ labels }, { validationFraction: 0.9, seed: 7 });
    expect(most.train.filter((index) => labels[index] === 2)).toHaveLength(1);
  });

  it('depends on the seed alone', () => {
    expect(splitDataset({ labels }, options)).toEqual(splitDataset({ labels }, options));
    expect(splitDataset({ labels }, { ...options, seed: 8 })).not.toEqual(
      splitDataset({ labels }, options),
    );
  });

  it('holds out the same images as ever', () => {
    // Resumed trainings depend on this split.
    const { validation } = splitDataset({ labels: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1] }, options);
    expect(validation).toEqual([0, 6]);
  });

  it('trains on a class of one image, without validating it', () => {
    const { train, validation } = splitDataset({ labels: [0, 0, 1] }, options);
    expect(train).toContain(2);
    expect(validation).toHaveLength(1);
    expect(() => splitDataset({ labels: [0, 1] }, options)).toThrow(
      'No image is left to validate with',
    );
  });

  it('keeps copies of an image on one side, across classes too', () => {
    const copies = Array.from({ length: 60 }, (_, index) => ({
      label: index < 30 ? 0 : 1,
      copyOf: index % 3 === 0 ? null : index - (index % 3),
    }));
    // The first image of class 1 is also an image of class 0.
    copies[30] = { label: 1, copyOf: 0 };
    copies[31]!.copyOf = copies[32]!.copyOf = 0;
    const images = {
      labels: copies.map(({ label }) => label),
      copyOf: copies.map(({ copyOf }) => copyOf),
    };
    for (let seed = 0; seed < 20; seed++) {
      const { validation } = splitDataset(images, { validationFraction: 0.2, seed });
      const held = new Set(validation.map((index) => images.copyOf[index] ?? index));
      const together = images.labels.flatMap((_, index) =>
        held.has(images.copyOf[index] ?? index) ? [index] : [],
      );
      expect(validation).toEqual(together);
      expect(validation.length).toBeGreaterThanOrEqual(6);
      expect(validation.length).toBeLessThanOrEqual(15);
    }
    const large = { labels: [0, 0, 0, 0], copyOf: [null, 0, 0, null] };
    expect(splitDataset(large, { validationFraction: 0.1, seed: 1 }).validation).toEqual([3]);
  });

  it('follows splits of the dataset, and never trains on what is to test with', () => {
    const given = {
      labels: [0, 0, 0, 1, 1, 1],
      splits: ['train', 'valid', 'test', 'train', 'valid', 'test'] as const,
    };
    expect(splitDataset(given, options)).toEqual({ train: [0, 3], validation: [1, 4] });
    const untested = {
      labels: [0, 0, 1, 1],
      splits: ['train', 'test', 'train', 'test'] as const,
    };
    expect(splitDataset(untested, options)).toEqual({ train: [0, 2], validation: [1, 3] });
  });
});
