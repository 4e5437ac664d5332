import type { Checkpoint, Preprocessing, Published, PublishedAccuracy } from './architecture';

type Normalisation = Pick<Preprocessing, 'mean' | 'std'>;

export const imageNet: Normalisation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
export const centred: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Numbers of classes of published weights. */
export const classCounts = { in1k: 1000, in12k: 11821, in21k: 21843 } as const;

/** Returns bicubic preprocessing, as for most weights. */
export function evaluation(
  imageSize: number,
  cropPercent: number,
  values: Normalisation,
  cropMode?: 'squash',
): Preprocessing {
  const mode = cropMode ? { cropMode } : {};
  return { imageSize, cropPercent, ...mode, interpolation: 'bicubic', ...values };
}

const pretrainings = { in12k: 'ImageNet-12k', in21k: 'ImageNet-21k' } as const;

/**
 * Describes a repository of timm. Its tag names the data sets: `in21k_ft_in1k` is ImageNet-21k, then ImageNet-1k.
 * @param publisherTop1 top-1 on ImageNet-1k, if timm states it
 */
export function timmCheckpoint(
  model: string,
  tag: string,
  preprocessing: Preprocessing,
  publisherTop1?: number,
): Checkpoint {
  const name = `${model}.${tag}`;
  const [, before] = /(in12k|in21k)_ft_/.exec(tag) ?? [];
  return {
    name,
    publisher: 'timm',
    location: { hub: `timm/${name}` },
    format: 'safetensors',
    classes: classCounts[tag.split('_').at(-1) as keyof typeof classCounts],
    licence: 'Apache-2.0',
    preprocessing,
    pretraining: before ? pretrainings[before as keyof typeof pretrainings] : 'none',
    ...(publisherTop1 === undefined ? {} : { publisherTop1 }),
  };
}

/** Returns the published figures of networks of which only weights are published. */
export function onlyWeights(source: string): Published {
  return { source, accuracies: [] satisfies PublishedAccuracy[] };
}
