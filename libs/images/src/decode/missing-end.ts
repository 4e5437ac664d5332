import sharp from 'sharp';

const endMarker = Buffer.from([0xff, 0xd9]);
const scanMarker = Buffer.from([0xff, 0xda]);

/** Bytes that a decoder reads as pixels when some are missing. */
const filler = Buffer.alloc(64, 0xb6);

/**
 * Returns whether a JPEG ends within its last scan. Neither marker occurs in a scan's data, where a 0xff is followed by 0. A
 * thumbnail in the header has its own markers, all of them earlier.
 */
export function isEndMissing(jpeg: Uint8Array): boolean {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (bytes.subarray(-endMarker.length).equals(endMarker)) return false;
  return bytes.lastIndexOf(endMarker) < bytes.lastIndexOf(scanMarker);
}

/**
 * Returns a JPEG with its end marker restored, if nothing else is missing. Cameras and transfers lose the marker, and browsers
 * show such images all the same.
 * The decoder does not report missing rows. If all rows are present, though, bytes inserted before the marker change no pixel.
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

/** Sums all pixels, which are in memory whole meanwhile. */
async function channelSums(jpeg: Uint8Array): Promise<string> {
  const { channels } = await sharp(jpeg, { failOn: 'none', limitInputPixels: false }).stats();
  return channels.map(({ sum, squaresSum }) => `${sum} ${squaresSum}`).join();
}
