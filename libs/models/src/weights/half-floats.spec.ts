import { describe, expect, it } from 'vitest';
import { float16ToFloat32, float32ToFloat16 } from './half-floats';

const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const isNaNHalf = (bits: number) => (bits & 0x7fff) > 0x7c00;

describe('half precision', () => {
  it('survives a round trip through single precision', () => {
    const back = float32ToFloat16(float16ToFloat32(all));
    const expected = all.map((bits) => (isNaNHalf(bits) ? 0x7e00 : bits));
    // JavaScript does not preserve the sign of NaN.
    const actual = back.map((bits) => (isNaNHalf(bits) ? 0x7e00 : bits));
    expect(Buffer.from(actual.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });

  it('rounds to the nearest number, ties to even', () => {
    const finite = all.filter((bits) => bits < 0x7c00);
    const values = float16ToFloat32(finite);
    const wrong: number[] = [];
    // For all finite numbers but the last: the midpoint to the next, and slightly below and above it.
    for (let index = 0; index + 1 < values.length; index++) {
      const middle = (values[index] + values[index + 1]) / 2;
      const around = Float32Array.of(middle * (1 - 2 ** -20), middle, middle * (1 + 2 ** -20));
      const even = index % 2 === 0 ? index : index + 1;
      if (`${float32ToFloat16(around)}` !== `${[index, even, index + 1]}`) wrong.push(index);
    }
    expect(wrong).toEqual([]);
  });

  it('becomes infinite if the nearest number is out of range', () => {
    const values = Float32Array.of(65504, 65519, 65520, 1e38, -1e38, 2 ** -25, -(2 ** -149));
    const expected = [0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 0x8000];
    expect([...float32ToFloat16(values)]).toEqual(expected);
  });
});
