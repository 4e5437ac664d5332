import { describe, expect, it } from 'vitest';
import { publishedLabels } from './published-labels';

describe('publishedLabels', () => {
  it('the labels of ImageNet-1k are in the usual order', () => {
    const labels = publishedLabels(1000)!;
    expect(labels).toHaveLength(1000);
    expect(new Set(labels).size).toBe(1000);
    // The order of the synsets n01440764, n02099601, n02979186, n03417042, n15075141.
    expect([0, 207, 482, 569, 999].map((index) => labels[index])).toEqual([
      'tench',
      'golden retriever',
      'cassette player',
      'garbage truck',
      'toilet tissue',
    ]);
  });

  it('the labels of ImageNet-21k are in the order of their synsets', () => {
    const labels = publishedLabels(21843)!;
    expect(new Set(labels).size).toBe(21843);
    // n00004475, n02099601, n03126707, n03931044, n15102894; classes with the same name are distinguished by their synsets.
    expect([0, 2264, 6017, 9205, 21842].map((index) => labels[index])).toEqual([
      'organism, being',
      'golden retriever',
      'crane (n03126707)',
      'picture, image, icon, ikon',
      'knothole',
    ]);
  });

  it('there are no labels for other numbers of classes', () => {
    expect(publishedLabels(10)).toBeUndefined();
  });
});
