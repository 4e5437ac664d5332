import imageNet1k from './imagenet-1k.json';
import imageNet21k from './imagenet-21k.json';

const byCount = new Map<number, readonly string[]>(
  [imageNet1k, imageNet21k].map((labels) => [labels.length, labels]),
);

/**
 * The class names of a data set that is known by how many classes it has.
 * @param classes 1000: ImageNet-1k; 21843: ImageNet-21k as Google's and timm's weights have it. Both in the order of their
 *   synsets, which all published weights of that size share
 * @returns one name a class, each once; undefined where no known data set has so many
 */
export function publishedLabels(classes: number): readonly string[] | undefined {
  return byCount.get(classes);
}
