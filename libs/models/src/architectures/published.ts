import type { Checkpoint, Preprocessing, Published, PublishedAccuracy } from '../architecture';

type Normalisation = Pick<Preprocessing, 'mean' | 'std'>;

export const imageNet: Normalisation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
export const centred: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Sizes of the classifiers of publishers' weights. */
export const classCounts = { in1k: 1000, in12k: 11821, in21k: 21843 } as const;

/** Bicubic, as most weights want it. */
export function evaluation(
  imageSize: number,
  cropPercent: number,
  values: Normalisation,
  cropMode?: 'squash',
): Preprocessing {
  const mode = cropMode ? { cropMode } : {};
  return { imageSize, cropPercent, ...mode, interpolation: 'bicubic', ...values };
}

/** A repository of timm's. Its tag ends with what the weights tell apart: `in1k`, `in12k` or `in21k`. */
export function timmCheckpoint(
  model: string,
  tag: string,
  preprocessing: Preprocessing,
): Checkpoint {
  const name = `${model}.${tag}`;
  const classes = classCounts[tag.split('_').at(-1) as keyof typeof classCounts];
  return { name, location: { hub: `timm/${name}` }, classes, preprocessing };
}

/** What nothing but the weights is published of. */
export function onlyWeights(source: string): Published {
  return { source, accuracies: [] satisfies PublishedAccuracy[] };
}
