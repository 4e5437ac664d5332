import { describe, expect, it } from 'vitest';
import { findArchitecture, listArchitectures } from '../../architectures/catalogue';
import { ImageSizeError } from '../../errors';
import { cost } from './cost';

function measure(name: string, imageSize = 224) {
  return cost(findArchitecture(name), { imageSize, classes: 1000 });
}

describe('cost', () => {
  it.each([
    ['efficientnetv2_b0', 7_200_312],
    ['efficientnetv2_b1', 8_212_124],
    ['efficientnetv2_b2', 10_178_374],
    ['efficientnetv2_b3', 14_467_622],
    ['efficientnetv2_s', 21_612_360],
    ['efficientnetv2_m', 54_431_388],
    ['efficientnetv2_l', 119_027_848],
    ['efficientnetv2_xl', 208_896_832],
  ])('the counts of %s match its released code, including running statistics', (name, count) => {
    const { parameters, statistics } = measure(name);
    expect(parameters + statistics).toBe(count);
  });

  it.each([
    ['coatnet_0', 24],
    ['coatnet_1', 42],
    ['coatnet_2', 74],
    ['coatnet_3', 165],
    ['coatnet_4', 273],
    ['coatnet_5', 683],
    ['coatnet_6', 1462],
    ['coatnet_7', 2433],
  ])("counts the millions of parameters of %s as the paper's table does", (name, millions) => {
    const { parameters } = measure(name);
    expect(Math.round(parameters / 1e6)).toBe(millions);
    const { published } = findArchitecture(name);
    expect(Math.abs(parameters / published.parameters! - 1)).toBeLessThan(0.035);
  });

  it.each(
    listArchitectures().flatMap(({ name, published }) =>
      published.accuracies
        .filter(({ macs }) => macs !== undefined)
        .map(({ imageSize, macs }) => ({ name, imageSize, macs: macs! })),
    ),
  )(
    'the multiply-accumulates of $name at $imageSize px match the paper',
    ({ name, imageSize, macs }) => {
      const ratio = measure(name, imageSize).macs / macs;
      expect(Math.abs(ratio - 1)).toBeLessThan(name.startsWith('coatnet') ? 0.035 : 0.06);
    },
  );

  it('every part has its shape and its share of the cost', () => {
    const { stages, macs } = measure('coatnet_0');
    const shapes = Object.fromEntries(stages.map(({ name, shape }) => [name, shape]));
    expect(shapes.stem).toEqual([112, 112, 64]);
    expect(shapes['stages.0']).toEqual([56, 56, 96]);
    expect(shapes['stages.3.blocks.1']).toEqual([7, 7, 768]);
    const whole = stages.filter(({ name }) => !name.includes('blocks'));
    const sum = whole.reduce((total, stage) => total + stage.macs, 0);
    expect(sum).toBe(macs - 768 * 1000);
  });

  it('head tensors and tensors with weight decay are marked', () => {
    for (const architecture of listArchitectures()) {
      const { tensors } = measure(architecture.name);
      const head = tensors.filter((spec) => spec.head).map(({ name }) => name);
      expect(head).toEqual([`${architecture.headScope}.weight`, `${architecture.headScope}.bias`]);
      for (const { name, shape, decay } of tensors) {
        const positions = name.includes('.rel_pos.');
        expect(decay, name).toBe(shape.length >= 2 && !positions);
      }
    }
  });

  it('image sizes that a network does not accept are refused', () => {
    expect(() => measure('coatnet_0', 200)).toThrow(
      new ImageSizeError(
        200,
        'CoAtNet-0 needs an image size that is a multiple of 32, at least 32; 200 is not.',
      ),
    );
    expect(() => measure('efficientnetv2_b0', 31)).toThrow(ImageSizeError);
    expect(() => measure('efficientnetv2_b0', 64.5)).toThrow(ImageSizeError);
    expect(measure('efficientnetv2_b0', 65).parameters).toBe(7_139_704);
  });
});
