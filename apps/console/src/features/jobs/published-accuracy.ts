import type { Architecture } from '@/api/types';

/** The published accuracy at the size that the architecture is judged at, or the first that there is. */
export function publishedAccuracy({ published, imageSize }: Architecture) {
  const { accuracies } = published;
  return accuracies.find((each) => each.imageSize === imageSize) ?? accuracies[0];
}
