import imageNet1k from './imagenet-1k.json';
import imageNet21k from './imagenet-21k.json';

const byCount = new Map<number, readonly string[]>(
  [imageNet1k, imageNet21k].map((labels) => [labels.length, labels]),
);

/**
 * Returns the labels of a data set, identified by its number of classes.
 * @param classes 1000: ImageNet-1k; 21843: ImageNet-21k as in Google's and timm's weights. Both are in the order of their
 *   synsets, like all published weights of that size
 * @returns one unique label per class; undefined if no known data set has this number of classes
 */
export function publishedLabels(classes: number): readonly string[] | undefined {
  return byCount.get(classes);
}
