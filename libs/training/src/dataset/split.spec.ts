import { describe, expect, it } from 'vitest';
import { splitDataset } from './split';

const labels = [...Array(100).fill(0), ...Array(40).fill(1), 2, 2] as number[];

describe('splitDataset', () => {
  const options = { validationFraction: 0.2, seed: 7 };

  it('holds out the same share of every class, at least one and never all', () => {
    const { train, validation } = splitDataset(labels, options);
    const count = (label: number) => validation.filter((index) => labels[index] === label).length;
    expect([count(0), count(1), count(2)]).toEqual([20, 8, 1]);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    const most = splitDataset(labels, { validationFraction: 0.9, seed: 7 });
    expect(most.train.filter((index) => labels[index] === 2)).toHaveLength(1);
  });

  it('depends on the seed alone', () => {
    expect(splitDataset(labels, options)).toEqual(splitDataset(labels, options));
    expect(splitDataset(labels, { ...options, seed: 8 })).not.toEqual(
      splitDataset(labels, options),
    );
  });

  it('refuses a class of one picture', () => {
    expect(() => splitDataset([0, 0, 1], options)).toThrow('Class 1 has 1 picture');
  });
});
