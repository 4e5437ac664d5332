import { expect, it } from 'vitest';
import { contactSheet } from './contact-sheet';
import { decodeImage } from './decode/decode';

it('a contact sheet has every image in its place, with its colours', async () => {
  const [imageSize, length] = [16, 16 * 16 * 3];
  const values = Float32Array.from({ length: 3 * length }, (_, at) => Math.floor(at / length) - 1);
  const sheet = await contactSheet(values, {
    imageSize,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  });
  const { data, width, height } = await decodeImage(sheet);
  expect([width, height]).toEqual([44, 44]);
  const level = (x: number, y: number) => data[(y * width + x) * 3]!;
  expect(level(12, 12)).toBeLessThan(8);
  expect(Math.abs(level(32, 12) - 128)).toBeLessThan(8);
  expect(level(12, 32)).toBeGreaterThan(247);
});
