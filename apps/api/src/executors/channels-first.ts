/** @param images [batch, height, width, 3] → [batch, 3, height, width] */
export function channelsFirst(images: Float32Array, batch: number): Float32Array {
  const planes = new Float32Array(images.length);
  const positions = images.length / batch / 3;
  for (let picture = 0; picture < batch; picture++) {
    const start = picture * positions * 3;
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < 3; channel++) {
        planes[start + channel * positions + position] = images[start + position * 3 + channel]!;
      }
    }
  }
  return planes;
}
