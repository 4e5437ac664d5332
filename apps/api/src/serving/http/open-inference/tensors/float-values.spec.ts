import { describe, expect, it } from 'vitest';
import { floatsFromBinary, floatsFromJson } from './float-values';

const where = 'inputs.0';

describe('JSON', () => {
  it('accepts numbers in one list or nested as the shape says', () => {
    const expected = Float32Array.of(1, 2, 3, 4);
    expect(floatsFromJson([1, 2, 3, 4], { shape: [2, 2], where })).toEqual(expected);
    const nested = [
      [[1], [2]],
      [[3], [4]],
    ];
    expect(floatsFromJson(nested, { shape: [2, 2, 1], where })).toEqual(expected);
  });

  it.each([
    ['nothing', undefined],
    ['an object', { length: 4 }],
    ['too few', [1, 2, 3]],
    ['too many', [1, 2, 3, 4, 5]],
    ['another nesting', [[1, 2, 3], [4]]],
    ['half a nesting', [[1, 2], 3, 4]],
    [
      'too deep',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    ['texts', ['1', '2', '3', '4']],
    ['null', [1, 2, 3, null]],
  ])('refuses %s', (_, data) => {
    expect(() => floatsFromJson(data, { shape: [2, 2], where })).toThrow(/must be 4 numbers/);
  });

  it('refuses numbers outside single precision', () => {
    const read = () => floatsFromJson([0, 1e39], { shape: [2], where });
    expect(read).toThrow('value 1 is Infinity');
  });

  it('allocates nothing for a shape without the numbers to fill it', () => {
    const huge = [2 ** 30, 2 ** 30, 2 ** 30];
    expect(() => floatsFromJson([1], { shape: huge, where })).toThrow(/must be/);
  });
});

describe('binary', () => {
  it('reads single and half precision at any byte offset', () => {
    const bytes = Buffer.alloc(9);
    bytes.writeFloatLE(1.5, 1);
    bytes.writeFloatLE(-2, 5);
    const single = floatsFromBinary(bytes.subarray(1), { type: 'FP32', shape: [1, 2], where });
    expect(single).toEqual(Float32Array.of(1.5, -2));
    const half = Buffer.from([0xff, 0x00, 0x3e, 0x00, 0xc0]).subarray(1);
    expect(floatsFromBinary(half, { type: 'FP16', shape: [2], where })).toEqual(single);
  });

  it.each([
    ['FP32', [3], 8],
    ['FP16', [3], 7],
    ['FP32', [2 ** 53, 2 ** 53, 2 ** 53], 8],
  ] as const)('refuses %s of shape %j in %i bytes', (type, shape, bytes) => {
    const read = () => floatsFromBinary(Buffer.alloc(bytes), { type, shape, where });
    expect(read).toThrow(/has \d+ bytes; shape .* has/);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %f', (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeFloatLE(value, 4);
    expect(() => floatsFromBinary(bytes, { type: 'FP32', shape: [2], where })).toThrow(
      'value 1 is',
    );
  });
});
