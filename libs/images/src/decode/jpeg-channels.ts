/** Returns whether a marker begins a frame: SOF0 to SOF15, except DHT, JPG and DAC, which lie between them. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Returns the number of channels in a JPEG's frame header (ITU-T T.81, B.2.2), or undefined if there is no frame header. */
export function jpegChannels(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= file.length && file[at] === 0xff;) {
    const marker = file[at + 1]!;
    if (isFrame(marker)) return file[at + 9];
    // Markers may be padded with FF.
    at += marker === 0xff ? 1 : 2 + file.readUInt16BE(at + 2);
  }
  return undefined;
}
