/** SOF0 to SOF15 begin a frame, but for those between that mean something else: DHT, JPG and DAC. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Returns how many channels a JPEG's frame header names, by ITU-T T.81, B.2.2; undefined where none is found. */
export function jpegChannels(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 10 <= file.length && file[at] === 0xff;) {
    const marker = file[at + 1]!;
    if (isFrame(marker)) return file[at + 9];
    // Markers may be filled up with FF.
    at += marker === 0xff ? 1 : 2 + file.readUInt16BE(at + 2);
  }
  return undefined;
}
