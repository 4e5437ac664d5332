import { describe, expect, it } from 'vitest';
import { publishedLabels } from './published-labels';

describe('publishedLabels', () => {
  it('names the classes of ImageNet-1k in the usual order', () => {
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

  it('knows no names for other numbers of classes', () => {
    expect(publishedLabels(10)).toBeUndefined();
  });
});
