import { cost, findArchitecture, type Parameter } from '@coatrack/models';
import { expect, it } from 'vitest';
import { withRates } from './parameter-rates';

function ratesOf(architecture: string, fields: { layerDecay: number; headFactor: number }) {
  const { tensors } = cost(findArchitecture(architecture), { imageSize: 224, classes: 10 });
  const parameters = tensors
    .filter(({ role }) => role === 'parameter')
    .map((spec) => ({ spec }) as Parameter);
  return new Map(withRates(parameters, fields).map(({ spec, rate }) => [spec.name, rate]));
}

it.each([
  // 1 + 2 + 2 + 3 + 5 + 8 blocks
  ['efficientnetv2_b0', 'conv_stem.weight', 'blocks.5.7.conv_pw.weight', 'conv_head.weight', 21],
  ['efficientnet_v2_s', 'features.0.0.weight', null, 'features.7.0.weight', 40],
  // 2 + 3 + 5 + 2 blocks
  ['coatnet_0_224', 'stem.conv1.weight', null, 'head.pre_logits.fc.weight', 12],
] as const)(
  '%s learns the slower the farther a layer is from the head',
  (name, stem, last, above, blocks) => {
    const rates = ratesOf(name, { layerDecay: 0.5, headFactor: 10 });
    expect(rates.get(above)).toBe(0.5);
    if (last) expect(rates.get(last)).toBe(0.25);
    expect(rates.get(stem)).toBe(0.5 ** (blocks + 2));
    const heads = [...rates].filter(([, rate]) => rate === 10).map(([parameter]) => parameter);
    expect(heads).toHaveLength(2);
  },
);

it('leaves the learning rate as it is without decay and factor', () => {
  const rates = ratesOf('efficientnetv2_b0', { layerDecay: 1, headFactor: 1 });
  expect(new Set(rates.values())).toEqual(new Set([1]));
});
