import { describe, expect, it } from 'vitest';
import { crc32, tableCrc32 } from './crc32';

describe.each([
  ['the table', tableCrc32],
  ["this Node's", crc32],
])("the zip format's checksum, by %s", (_, checksum) => {
  it('has the published check value', () => {
    expect(checksum(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it('can be computed piece by piece', () => {
    const bytes = Buffer.from('The quick brown fox jumps over the lazy dog');
    expect(checksum(bytes)).toBe(0x414fa339);
    for (const cut of [0, 1, 7, 8, 9, 43]) {
      expect(checksum(bytes.subarray(cut), checksum(bytes.subarray(0, cut)))).toBe(0x414fa339);
    }
  });
});
