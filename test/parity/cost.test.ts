import { cost } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import { architectureOf, forwardReference } from './reference';

describe('what the weights are made of, against timm', () => {
  it.each([
    'tf_efficientnetv2_b0',
    'tf_efficientnetv2_b1',
    'tf_efficientnetv2_b3',
    'tf_efficientnetv2_s',
    'tf_efficientnetv2_m',
    'tf_efficientnetv2_xl',
    'coatnet_0_224',
    'coatnet_2_224',
  ])('%s', (name) => {
    const reference = forwardReference(name);
    const measured = cost(architectureOf(name), { imageSize: 224, classes: 1000 });
    const counters = measured.tensors.filter(({ role }) => role === 'counter').length;

    expect(measured.tensors.map((spec) => [spec.name, spec.shape])).toEqual(reference.state);
    expect(measured.parameters).toBe(reference.params);
    expect(measured.statistics + counters).toBe(reference.buffers);
  });
});
