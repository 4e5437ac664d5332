import { selectEngine } from '@coatrack/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from './fill';
import {
  filledClassifier,
  type ForwardReference,
  forwardReference,
  forwardReferences,
  l2,
} from './reference';

/** Names of parts here → there, where they differ. */
const parts: Readonly<Record<string, string>> = { head: 'head.pre_logits' };

function referenceL2({ stages, blocks }: ForwardReference): Map<string, number> {
  const named = blocks.map(([name, , norm]) => [name, norm] as const);
  const staged = stages.flatMap(({ name, module, l2 }) => [
    [name, l2] as const,
    [module, l2] as const,
  ]);
  return new Map([...named, ...staged]);
}

describe('forward parity with timm', () => {
  beforeAll(() => selectEngine('wasm'));

  it.each(forwardReferences)('%s', async (name) => {
    const reference = forwardReference(name);
    const size = reference.input_size[1];
    const classifier = await filledClassifier(name, size);
    const tensorsBefore = tf.memory().numTensors;

    const expected = referenceL2(reference);
    const seen = new Map<string, number>();
    const logits = tf.tidy(() => {
      const images = tf.tensor4d(filledImage('input', size), [1, size, size, 3]);
      const onRegion = (part: string, x: tf.Tensor) =>
        seen.set(parts[part] ?? part, l2(x.dataSync()));
      return classifier.predict(images, onRegion).dataSync();
    });

    for (const [part, norm] of seen) {
      expect(Math.abs(norm / expected.get(part)! - 1), part).toBeLessThan(1e-5);
    }
    expect(seen.size).toBeGreaterThanOrEqual(reference.blocks.length + 2);
    const errors = reference.logits.map((value, index) => Math.abs(value - logits[index]));
    expect(errors).toHaveLength(1000);
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    expect(tf.memory().numTensors).toBe(tensorsBefore);
    classifier.dispose();
  });
});
