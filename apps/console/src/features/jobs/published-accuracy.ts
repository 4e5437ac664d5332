import type { Architecture } from '@/api/types';

/** Returns the published accuracy at the architecture's evaluation size, or else the first one. */
export function publishedAccuracy({ published, imageSize }: Architecture) {
  const { accuracies } = published;
  return accuracies.find((each) => each.imageSize === imageSize) ?? accuracies[0];
}
