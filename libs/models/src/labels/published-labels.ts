import imageNet1k from './imagenet-1k.json';

const byCount = new Map<number, readonly string[]>([[imageNet1k.length, imageNet1k]]);

/**
 * The class names of a data set that is known by how many classes it has.
 * @param classes 1000: ImageNet-1k, in the order of its synsets, which all published weights share
 * @returns one name a class, each once; undefined where no known data set has so many
 */
export function publishedLabels(classes: number): readonly string[] | undefined {
  return byCount.get(classes);
}
