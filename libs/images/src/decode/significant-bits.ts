import sharp from 'sharp';

/** Bit depths of sensors whose values are stored in 16 bits, and of images that once had 8 bits. */
const usualBits = [8, 10, 12, 14];

/**
 * Returns the factor that makes a 16-bit image's values fill their range. Cameras and microscopes store values of 10, 12 or 14
 * bits unscaled, and read as 16 bits such an image is black. The depth comes from the sBIT chunk, or is the smallest usual one
 * that holds the largest value. An image with values above 14 bits stays unchanged.
 * @throws Error when the image cannot be decoded
 */
export async function rangeFactor(bytes: Uint8Array, hasAlpha: boolean): Promise<number> {
  const { channels } = await sharp(bytes, { limitInputPixels: false }).stats();
  const colours = hasAlpha ? channels.slice(0, -1) : channels;
  const largest = colours.reduce((most, { max }) => Math.max(most, max), 0);
  const stated = pngSignificantBits(bytes);
  const bits = [...(stated === undefined ? [] : [stated]), ...usualBits].find(
    (candidate) => largest < 2 ** candidate,
  );
  return bits === undefined || largest === 0 ? 1 : 65_535 / (2 ** bits - 1);
}

/** Returns sBIT's value for the channel with the most bits (PNG, third edition, 11.3.2.8). */
function pngSignificantBits(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.readUInt32BE(0) !== 0x89504e47) return undefined;
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') return undefined;
    if (type !== 'sBIT') continue;
    const bits = [...file.subarray(at + 8, at + 8 + Math.min(4, file.readUInt32BE(at)))];
    return Math.max(...bits);
  }
  return undefined;
}
