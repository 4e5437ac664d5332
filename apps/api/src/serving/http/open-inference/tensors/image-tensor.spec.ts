import { describe, expect, it } from 'vitest';
import type { VersionRecord } from '../../../../registry/models/model';
import { ImageTensor } from './image-tensor';

const version = { preprocessing: { imageSize: 2 } } as VersionRecord;
/** Two images; the tens are the channel, the ones the pixel. */
const nchw = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23];
const nhwc = [0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23];
const pair = (values: number[]) =>
  Float32Array.from([...values, ...values.map((value) => value + 100)]);

const read = (tensor: ImageTensor, layout: 'NCHW' | 'NHWC', from = 0, count = 2) =>
  tensor.read({ from, count, version, layout, proceed: () => undefined });

describe('ImageTensor', () => {
  it('converts between both layouts', async () => {
    for (const [shape, values] of [
      [[2, 3, 2, 2], nchw],
      [[2, 2, 2, 3], nhwc],
    ] as const) {
      const tensor = () => new ImageTensor(pair([...values]), shape, 'x');
      expect(await read(tensor(), 'NCHW')).toEqual(pair(nchw));
      expect(await read(tensor(), 'NHWC')).toEqual(pair(nhwc));
    }
  });

  it('returns every piece as a separate array, whose memory the caller may reuse', async () => {
    const tensor = new ImageTensor(pair(nchw), [2, 3, 2, 2], 'x');
    const first = await read(tensor, 'NCHW', 0, 1);
    first.fill(-1);
    expect(first.buffer.byteLength).toBe(first.byteLength);
    expect(await read(tensor, 'NCHW', 1, 1)).toEqual(pair(nchw).subarray(12));
  });

  it.each([[[2, 3, 2, 3]], [[2, 2, 3, 2]], [[2, 3, 4, 1]], [[2, 12]], [[2, 3, 2, 2, 1]]])(
    'refuses shape %j',
    (shape) => {
      const tensor = new ImageTensor(pair(nchw), shape, 'x');
      expect(() => tensor.check(version)).toThrow('must be [n, 3, 2, 2] or [n, 2, 2, 3]');
    },
  );
});
