import type { Architecture } from '@/api/types';

/** The paper's accuracy at the size that the architecture is judged at, or the first that it gives. */
export function paperAccuracy({ published, imageSize }: Architecture) {
  const { accuracies } = published;
  return accuracies.find((each) => each.imageSize === imageSize) ?? accuracies[0];
}
