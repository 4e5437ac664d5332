import type { RunningNetwork } from './formats/exporter';

/** One picture alone and the others together: a network must not care how many it looks at. */
const firstBatch = 1;

/**
 * Shows pictures to a network and closes it.
 * @param pictures [imageSize, imageSize, 3] each, normalised
 * @param onPictures is told how many have been looked at
 * @returns logits [pictures, classes]
 */
export async function runPictures(
  network: RunningNetwork,
  pictures: readonly Float32Array[],
  onPictures: (done: number) => Promise<void>,
): Promise<number[]> {
  try {
    const logits: number[] = [];
    await onPictures(0);
    for (const batch of [pictures.slice(0, firstBatch), pictures.slice(firstBatch)]) {
      const images = new Float32Array(batch.length * pictures[0]!.length);
      batch.forEach((pixels, index) => images.set(pixels, index * pixels.length));
      for (const value of await network.run(images, batch.length)) logits.push(value);
      await onPictures(batch.length === firstBatch ? firstBatch : pictures.length);
    }
    return logits;
  } finally {
    await network.close();
  }
}
