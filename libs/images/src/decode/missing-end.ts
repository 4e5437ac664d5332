import sharp from 'sharp';

const endMarker = Buffer.from([0xff, 0xd9]);
const scanMarker = Buffer.from([0xff, 0xda]);

/** What a decoder takes for pixels when it lacks some. */
const filler = Buffer.alloc(64, 0xb6);

/**
 * Returns whether a JPEG ends within its last scan. Neither marker occurs in a scan's data, where a 0xff is followed by 0;
 * a thumbnail in the header has markers of its own, before them all.
 */
export function isEndMissing(jpeg: Uint8Array): boolean {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (bytes.subarray(-endMarker.length).equals(endMarker)) return false;
  return bytes.lastIndexOf(endMarker) < bytes.lastIndexOf(scanMarker);
}

/**
 * Returns a JPEG with its end marker put back, where that marker is all it lacks: cameras and transfers lose it, browsers show
 * it all the same. The decoder does not tell whether the last rows are there, but when they are, nothing that is put before
 * the marker changes a pixel.
 * @returns undefined when pixels are missing
 */
export async function withEndMarker(jpeg: Uint8Array): Promise<Uint8Array | undefined> {
  const whole = Buffer.concat([jpeg, endMarker]);
  try {
    const sums = await channelSums(whole);
    return (await channelSums(Buffer.concat([jpeg, filler, endMarker]))) === sums
      ? whole
      : undefined;
  } catch {
    return undefined;
  }
}

/** Of all pixels, which are in memory whole for it. */
async function channelSums(jpeg: Uint8Array): Promise<string> {
  const { channels } = await sharp(jpeg, { failOn: 'none', limitInputPixels: false }).stats();
  return channels.map(({ sum, squaresSum }) => `${sum} ${squaresSum}`).join();
}
