import { expect, it } from 'vitest';
import { ExportDiffersError, compareLogits } from './verify';

it('differences that rounding explains are allowed, relative to the size of the logits', () => {
  expect(compareLogits([20, -3], [20.001, -3], 'fp32').tolerance).toBeCloseTo(2e-3);
  expect(compareLogits([0.1], [0.1], 'fp32')).toEqual({ maxDifference: 0, tolerance: 1e-4 });
  expect(compareLogits([20, -3], [20.1, -3.2], 'fp16')).toMatchObject({ tolerance: 0.4 });
});

it.each([
  ['NaN', [1, NaN]],
  ['NaN on both sides', [NaN, 1], [NaN, 1]],
  ['another number of classes', [1]],
])('%s counts as an infinite difference', (_, exported, source = [1, 2]) => {
  const compared = compareLogits(source, exported, 'fp16');
  expect(compared.maxDifference).toBe(Infinity);
  const error = new ExportDiffersError({ runtime: 'ONNX Runtime 1.30.0', ...compared });
  expect(error).toMatchObject({ code: 'EXPORT_DIFFERS' });
  expect(error.message).toMatch(/in ONNX Runtime 1\.30\.0 .* by up to Infinity, more than 0\.0/);
});
