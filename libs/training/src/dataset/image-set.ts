import type { DatasetSplit } from './split-folders';

/** The labelled images of a dataset, wherever they are stored. */
export interface ImageSet {
  classes: readonly string[];
  /** one index into `classes` per image */
  labels: readonly number[];
  /** one split per image, null if the uploader assigned none */
  splits?: readonly (DatasetSplit | null)[];
  /** for each image, the index of the first image with the same bytes; null for that image itself */
  copyOf?: readonly (number | null)[];
  /** Returns the encoded image (JPEG, PNG, …). */
  read(index: number): Promise<Buffer>;
}

/**
 * Returns the same images with class indices as a network uses them.
 * @param labels the network's labels, which include every class of the images
 */
export function relabelled(images: ImageSet, labels: readonly string[]): ImageSet {
  const places = new Map(labels.map((label, place) => [label, place]));
  const placeOf = images.classes.map((name) => places.get(name)!);
  return {
    ...images,
    classes: labels,
    labels: images.labels.map((label) => placeOf[label]!),
  };
}
