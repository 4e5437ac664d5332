import sharp from 'sharp';

const endMarker = Buffer.from([0xff, 0xd9]);

/** What a decoder takes for pixels when it lacks some. */
const filler = Buffer.alloc(64, 0xb6);

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

async function channelSums(jpeg: Uint8Array): Promise<string> {
  const { channels } = await sharp(jpeg, { failOn: 'none', limitInputPixels: false }).stats();
  return channels.map(({ sum, squaresSum }) => `${sum} ${squaresSum}`).join();
}
