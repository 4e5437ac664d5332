import { cost } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import { architectureOf, forwardReference, forwardReferences } from './reference';

describe('what the weights are made of, against timm', () => {
  it.each(forwardReferences)('%s', (name) => {
    const reference = forwardReference(name);
    const measured = cost(architectureOf(name), {
      imageSize: reference.input_size[1],
      classes: 1000,
    });
    const counters = measured.tensors.filter(({ role }) => role === 'counter').length;

    expect(measured.tensors.map((spec) => [spec.name, spec.shape])).toEqual(reference.state);
    expect(measured.parameters).toBe(reference.params);
    expect(measured.statistics + counters).toBe(reference.buffers);
  });
});
