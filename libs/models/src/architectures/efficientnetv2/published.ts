import type { ArchitectureParts, Checkpoint, Preprocessing, Published } from '../architecture';
import { efficientNetV2Features, efficientNetV2Head } from './network';
import { type EfficientNetV2Table, efficientNetV2Tables } from './table';
import { googleCheckpoints, kerasCheckpoints } from './weights';
import { centred, evaluation, imageNet, timmCheckpoint } from '../published';

interface Entry {
  size: keyof typeof efficientNetV2Tables;
  trainImageSize: number;
  evaluation: Preprocessing;
  /** Trained on ImageNet-1k only, evaluated at the evaluation size. */
  scratch?: { top1: number; macs: number; parameters: number };
  /** ImageNet-21k first, then ImageNet-1k. */
  pretrained?: { top1: number };
  /**
   * timm's published weights by tag. It squashes images for M and larger, its interpretation of the released code's resize.
   */
  weights: readonly [tag: string, preprocessing: Preprocessing][];
  /** Top-1 on ImageNet-1k as measured by timm, for its copy of the weights trained on ImageNet-1k only. */
  timmTop1?: number;
}

const squashed480 = evaluation(480, 1, centred, 'squash');
const squashed512 = evaluation(512, 1, centred, 'squash');

function all(preprocessing: Preprocessing, ...tags: string[]): Entry['weights'] {
  return tags.map((tag) => [tag, preprocessing]);
}

const entries: readonly Entry[] = [
  {
    size: 'B0',
    trainImageSize: 192,
    evaluation: evaluation(224, 0.875, imageNet),
    scratch: { top1: 0.787, macs: 0.72e9, parameters: 7.1e6 },
    weights: all(evaluation(224, 0.875, imageNet), 'in1k'),
    timmTop1: 0.7839,
  },
  {
    size: 'B1',
    trainImageSize: 192,
    evaluation: evaluation(240, 0.882, imageNet),
    scratch: { top1: 0.798, macs: 1.2e9, parameters: 8.1e6 },
    weights: all(evaluation(240, 0.882, imageNet), 'in1k'),
    timmTop1: 0.7952,
  },
  {
    size: 'B2',
    trainImageSize: 208,
    evaluation: evaluation(260, 0.89, imageNet),
    scratch: { top1: 0.805, macs: 1.7e9, parameters: 10.1e6 },
    weights: all(evaluation(260, 0.89, imageNet), 'in1k'),
    timmTop1: 0.8023,
  },
  {
    size: 'B3',
    trainImageSize: 240,
    evaluation: evaluation(300, 0.904, imageNet),
    scratch: { top1: 0.821, macs: 3.0e9, parameters: 14.4e6 },
    weights: [
      ['in21k_ft_in1k', evaluation(300, 0.9, centred, 'squash')],
      ['in1k', evaluation(300, 0.904, imageNet)],
      ['in21k', evaluation(300, 0.904, centred)],
    ],
    timmTop1: 0.8196,
  },
  {
    size: 'S',
    trainImageSize: 300,
    evaluation: evaluation(384, 1, centred),
    scratch: { top1: 0.839, macs: 8.4e9, parameters: 21.5e6 },
    pretrained: { top1: 0.849 },
    weights: all(evaluation(384, 1, centred), 'in21k_ft_in1k', 'in1k', 'in21k'),
    timmTop1: 0.839,
  },
  {
    size: 'M',
    trainImageSize: 384,
    evaluation: evaluation(480, 1, centred),
    scratch: { top1: 0.852, macs: 24.7e9, parameters: 54.1e6 },
    pretrained: { top1: 0.862 },
    weights: all(squashed480, 'in21k_ft_in1k', 'in1k', 'in21k'),
    timmTop1: 0.8521,
  },
  {
    size: 'L',
    trainImageSize: 384,
    evaluation: evaluation(480, 1, centred),
    scratch: { top1: 0.857, macs: 56.3e9, parameters: 119.5e6 },
    pretrained: { top1: 0.869 },
    weights: all(squashed480, 'in21k_ft_in1k', 'in1k', 'in21k'),
    timmTop1: 0.8566,
  },
  {
    size: 'XL',
    trainImageSize: 384,
    evaluation: evaluation(512, 1, centred),
    pretrained: { top1: 0.872 },
    weights: all(squashed512, 'in21k_ft_in1k', 'in21k'),
  },
];

function published({ scratch, pretrained, evaluation: { imageSize } }: Entry): Published {
  const accuracies: Published['accuracies'][number][] = [];
  if (scratch) {
    const { top1, macs } = scratch;
    accuracies.push({ top1, imageSize, pretraining: 'none', macs });
  }
  if (pretrained) accuracies.push({ ...pretrained, imageSize, pretraining: 'ImageNet-21k' });
  const source = 'EfficientNetV2, arXiv:2104.00298, as its released code prints it';
  return { source, parameters: scratch?.parameters, accuracies };
}

/** Returns the parts that every EfficientNetV2 has in common. */
export function efficientNetV2Parts(table: EfficientNetV2Table) {
  return {
    family: 'efficientnetv2',
    headScope: table.names.classifier,
    imageSizes: { minimum: 32, multipleOf: 1 },
    features: (net, images) => efficientNetV2Features(table, net, images),
    head: (net, features, options) => efficientNetV2Head(table, net, features, options),
  } satisfies Partial<ArchitectureParts>;
}

export const efficientNetV2: readonly ArchitectureParts[] = entries.map((entry) => {
  const size = entry.size.toLowerCase();
  const timm = `tf_efficientnetv2_${size}`;
  const checkpoint = ([tag, preprocessing]: Entry['weights'][number]): Checkpoint =>
    timmCheckpoint(timm, tag, preprocessing, tag === 'in1k' ? entry.timmTop1 : undefined);
  return {
    ...efficientNetV2Parts(efficientNetV2Tables[entry.size]),
    name: `efficientnetv2_${size}`,
    aliases: [timm],
    source: 'paper',
    title: `EfficientNetV2-${entry.size}`,
    trainImageSize: entry.trainImageSize,
    preprocessing: entry.evaluation,
    published: published(entry),
    checkpoints: [
      ...entry.weights.map(checkpoint),
      ...googleCheckpoints(entry),
      ...kerasCheckpoints(entry),
    ],
  };
});
