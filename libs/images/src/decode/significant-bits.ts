import sharp from 'sharp';

/** Bits of the sensors whose values are kept in 16 bits, and of images that were 8 bits before. */
const usualBits = [8, 10, 12, 14];

/**
 * Returns what the values of an image in 16 bits are multiplied by to fill their range. Cameras and microscopes write the
 * values of 10, 12 or 14 bits as they are: read as 16 bits, such an image is black. It has as many bits as its sBIT chunk
 * says, or the fewest of the usual ones that hold its largest value; an image that reaches above 14 bits stays as it is.
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

/** PNG, third edition, 11.3.2.8: what sBIT says of the channel with the most bits. */
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
