import type { DatasetSplit } from './split-folders';

/** The labelled images of a dataset, wherever they are kept. */
export interface ImageSet {
  classes: readonly string[];
  /** index into `classes`, one an image */
  labels: readonly number[];
  /** one an image, null where the uploader has made no splits */
  splits?: readonly (DatasetSplit | null)[];
  /** one an image: the first image of the same bytes, null for the first one itself */
  copyOf?: readonly (number | null)[];
  /** the encoded image (JPEG, PNG, …) */
  read(index: number): Promise<Buffer>;
}

/**
 * Returns the same images with their classes as a network counts them.
 * @param labels of the network; every class of the images is among them
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
