import type { Checkpoint } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import { architectureOf, forwardReference, forwardReferences, type Weights } from './reference';

/** What timm or torchvision say of published weights, in this project's words. */
function expectedOf(
  name: string,
  weights: Weights,
): Pick<Checkpoint, 'name' | 'classes' | 'preprocessing'> {
  const { mean, std } = weights;
  if ('crop_size' in weights) {
    const [size] = weights.crop_size;
    const interpolation = weights.interpolation.split('.')[1].toLowerCase() as 'bilinear';
    const cropPercent = size / weights.resize_size[0];
    return {
      name,
      classes: 1000,
      preprocessing: { imageSize: size, cropPercent, interpolation, mean, std },
    };
  }
  const { test_input_size, input_size, crop_pct, crop_mode, interpolation, num_classes } = weights;
  return {
    name,
    classes: num_classes,
    preprocessing: {
      imageSize: (test_input_size ?? input_size)[1],
      cropPercent: crop_pct,
      ...(crop_mode === 'squash' && { cropMode: crop_mode }),
      interpolation,
      mean,
      std,
    },
  };
}

describe('published weights, against what their publishers say', () => {
  it.each(forwardReferences)('%s', (reference) => {
    const { weights } = forwardReference(reference).cfg;
    const model = reference.split('@')[0].replace('torchvision_', '');
    const expected = Object.entries(weights)
      .filter(([tag]) => tag !== 'untrained')
      .map(([tag, each]) => expectedOf(`${model}.${tag}`, each));
    const { checkpoints } = architectureOf(reference);
    const actual = checkpoints
      .filter(({ publisher }) => publisher === 'timm' || publisher === 'torchvision')
      .map(({ name, classes, preprocessing }) => ({ name, classes, preprocessing }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(actual.sort(byName)).toEqual(expected.sort(byName));
  });
});
