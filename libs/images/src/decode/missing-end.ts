import sharp from 'sharp';

const endMarker = Buffer.from([0xff, 0xd9]);
const scanMarker = Buffer.from([0xff, 0xda]);

/** At least those of the tallest block that JPEG codes together. */
const rowsCompared = 64;

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
    const rows = await lastRows(whole);
    const others = await lastRows(Buffer.concat([jpeg, filler, endMarker]));
    return rows.equals(others) ? whole : undefined;
  } catch {
    return undefined;
  }
}

/** The rows that the last bytes of each scan decide, in bounded memory where the image is not progressive. */
async function lastRows(jpeg: Uint8Array): Promise<Buffer> {
  const options = { failOn: 'none', limitInputPixels: false, sequentialRead: true } as const;
  const { width, height } = await sharp(jpeg, options).metadata();
  const top = Math.max(0, height - rowsCompared);
  const rows = { left: 0, top, width, height: height - top };
  return sharp(jpeg, options).extract(rows).raw().toBuffer();
}
