import { describe, expect, it } from 'vitest';
import { listArchitectures } from '../architectures/catalogue';
import { cost } from './cost';
describe('cost', () => {
  it.each(listArchitectures())('$name', (a) => {
    const c = cost(a, { imageSize: 224, classes: 1000 });
    console.log(
      a.name,
      c.parameters,
      c.statistics,
      c.parameters + c.statistics,
      c.macs / 1e9,
      a.published.accuracies
        .map(
          (x) =>
            `${x.imageSize}:${x.macs! / 1e9}/${(cost(a, { imageSize: x.imageSize, classes: 1000 }).macs / 1e9).toFixed(2)}`,
        )
        .join(' '),
      a.published.parameters,
    );
    expect(c.parameters).toBeGreaterThan(0);
  });
});
