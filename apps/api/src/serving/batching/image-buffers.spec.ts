import { expect, it } from 'vitest';
import { ImageBuffers } from './image-buffers';

it('arrays that were given back are reused by length', () => {
  const buffers = new ImageBuffers();
  const [first, second] = [buffers.take(8), buffers.take(8)];
  expect(second).not.toBe(first);
  buffers.give(first);
  expect(buffers.take(4)).toHaveLength(4);
  expect(buffers.take(8)).toBe(first);
  expect(buffers.take(8)).not.toBe(first);
});

it('views, transferred arrays and arrays beyond the limit are not kept', () => {
  const buffers = new ImageBuffers();
  const part = new Float32Array(8).subarray(4);
  buffers.give(part);
  expect(buffers.take(4).buffer.byteLength).toBe(16);
  const gone = new Float32Array(8);
  structuredClone(gone, { transfer: [gone.buffer] });
  buffers.give(gone);
  const large: Float32Array[] = Array.from({ length: 3 }, () => new Float32Array(7 * 2 ** 20));
  for (const array of large) buffers.give(array);
  // Not toContain: it formats all numbers even when nothing fails.
  const [first, second, third] = large.map(({ length }) => buffers.take(length));
  expect([first, second].includes(large[0])).toBe(true);
  expect(large.includes(third!)).toBe(false);
});
