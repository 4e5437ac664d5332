import * as zlib from 'node:zlib';

/**
 * Makes a 32-bit cyclic redundancy check that processes eight bytes at a time.
 * @param polynomial with its bits reversed
 */
function checksum(polynomial: number): (bytes: Uint8Array, before?: number) => number {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let index = 0; index < 256; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    tables[0][index] = value;
  }
  for (let step = 1; step < 8; step++) {
    for (let index = 0; index < 256; index++) {
      const value = tables[step - 1][index];
      tables[step][index] = (value >>> 8) ^ tables[0][value & 0xff];
    }
  }
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  return (bytes, before = 0) => {
    let value = ~before;
    let index = 0;
    for (; index + 8 <= bytes.length; index += 8) {
      value ^=
        bytes[index] |
        (bytes[index + 1] << 8) |
        (bytes[index + 2] << 16) |
        (bytes[index + 3] << 24);
      value =
        t7[value & 0xff] ^
        t6[(value >>> 8) & 0xff] ^
        t5[(value >>> 16) & 0xff] ^
        t4[value >>> 24] ^
        t3[bytes[index + 4]] ^
        t2[bytes[index + 5]] ^
        t1[bytes[index + 6]] ^
        t0[bytes[index + 7]];
    }
    for (; index < bytes.length; index++) value = (value >>> 8) ^ t0[(value ^ bytes[index]) & 0xff];
    return ~value >>> 0;
  };
}

export const tableCrc32 = checksum(0xedb88320);

/** The zip format's checksum; `before` is the checksum of the preceding bytes. Node has a faster one from 20.15 on. */
export const crc32: typeof tableCrc32 = zlib.crc32 ?? tableCrc32;

/** CRC32C, the checksum of LevelDB's and TensorFlow's files. */
export const crc32c = checksum(0x82f63b78);
