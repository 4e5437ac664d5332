/**
 * Looks up every level of a square part of an image in its channel's table.
 * @param source the part's first pixel; rows lie sourceBytes apart
 * @param levels [3, 256] float32
 * @param target [size, size, 3] or [3, size, size] float32, depending on the byte strides between pixels and between channels
 */
export function normalise(
  source: usize,
  sourceBytes: i32,
  size: i32,
  levels: usize,
  target: usize,
  pixelBytes: i32,
  channelBytes: i32,
): void {
  for (let y = 0; y < size; y++) {
    let from = source;
    for (let x = 0; x < size; x++) {
      f32.store(target, f32.load(levels + (<usize>load<u8>(from) << 2)));
      f32.store(target + channelBytes, f32.load(levels + (<usize>load<u8>(from + 1) << 2), 1024));
      f32.store(target + 2 * channelBytes, f32.load(levels + (<usize>load<u8>(from + 2) << 2), 2048));
      from += 3;
      target += pixelBytes;
    }
    source += sourceBytes;
  }
}
