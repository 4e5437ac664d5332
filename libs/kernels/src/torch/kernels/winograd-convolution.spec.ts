import { describe, expect, it } from 'vitest';
import { loadTorch } from '..';
import { atenNumber } from '../aten';
import { geometry2d } from './convolution-geometry';
import { winograd } from './winograd-convolution';

const probe = await loadTorch();
const possible = probe.available && atenNumber('coatrack::has_winograd') === true;

/** Returns the padding passed to coatrack::winograd, or undefined if libtorch's convolution is used. */
function choice(x: number[], filter: number[], attrs = {}): [number, number] | undefined {
  const all = { strides: 1, pad: 'same', dataFormat: 'NHWC', ...attrs };
  return winograd(x, filter, geometry2d(x, filter, all), all.dataFormat);
}

describe.skipIf(!possible)('Winograd convolution', () => {
  it('is used for 3×3 convolutions of stride 1 with any padding', () => {
    expect(choice([16, 32, 32, 48], [3, 3, 48, 192])).toEqual([1, 1]);
    expect(choice([1, 16, 16, 16], [3, 3, 16, 16])).toEqual([1, 1]);
    expect(choice([1, 30, 30, 16], [3, 3, 16, 16], { pad: 'valid' })).toEqual([0, 0]);
  });

  it('is not used for convolutions that it does not support', () => {
    expect(choice([16, 32, 32, 48], [1, 1, 48, 192])).toBeUndefined();
    expect(choice([16, 32, 32, 48], [5, 5, 48, 192])).toBeUndefined();
    expect(choice([16, 32, 32, 48], [3, 3, 48, 192], { strides: 2 })).toBeUndefined();
    expect(choice([16, 32, 32, 48], [3, 3, 48, 192], { dilations: 2 })).toBeUndefined();
    expect(choice([16, 32, 32, 48], [3, 3, 24, 192])).toBeUndefined();
    const channelsFirst = { dataFormat: 'NCHW' };
    expect(choice([16, 48, 32, 32], [3, 3, 48, 192], channelsFirst)).toBeUndefined();
  });

  it('is not used for convolutions that it would not speed up', () => {
    expect(choice([16, 64, 64, 3], [3, 3, 3, 24])).toBeUndefined();
    expect(choice([2, 7, 7, 256], [3, 3, 256, 256])).toBeUndefined();
    expect(choice([64, 5, 5, 64], [3, 3, 64, 64])).toBeUndefined();
  });
});
