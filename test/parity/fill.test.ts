import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fill } from './fill';
import { forwardReference } from './reference';

describe('fill', () => {
  it.each(['tf_efficientnetv2_b0', 'coatnet_0_224'])('makes the weights of %s', (name) => {
    const { state, fill_sha256 } = forwardReference(name);
    const hash = createHash('sha256');
    for (const [tensor, shape] of state) {
      if (!tensor.endsWith('num_batches_tracked')) hash.update(fill(tensor, shape));
    }
    expect(hash.digest('hex')).toBe(fill_sha256);
  });
});
