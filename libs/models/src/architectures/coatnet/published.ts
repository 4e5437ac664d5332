import type { ArchitectureParts, Published, PublishedAccuracy } from '../architecture';
import { coAtNetFeatures, coAtNetHead } from './network';
import { ccTT, type CoAtNetTable, paperBlocks } from './table';
import { centred, evaluation } from '../published';

function tableOf(stem: number, stages: CoAtNetTable['stages']): CoAtNetTable {
  return { ...paperBlocks, stem: [stem, stem], stages };
}

type Pretraining = PublishedAccuracy['pretraining'];
type Accuracy = [
  pretraining: Pretraining,
  imageSize: number,
  top1: number,
  macs?: number,
  note?: string,
];

interface Entry {
  table: CoAtNetTable;
  parameters: number;
  accuracies: readonly Accuracy[];
}

const entries: readonly Entry[] = [
  {
    table: tableOf(
      64,
      ccTT([
        [2, 96],
        [3, 192],
        [5, 384],
        [2, 768],
      ]),
    ),
    parameters: 25e6,
    accuracies: [
      ['none', 224, 0.816, 4.2e9],
      ['none', 384, 0.839, 13.4e9],
    ],
  },
  {
    table: tableOf(
      64,
      ccTT([
        [2, 96],
        [6, 192],
        [14, 384],
        [2, 768],
      ]),
    ),
    parameters: 42e6,
    accuracies: [
      ['none', 224, 0.833, 8.4e9],
      ['none', 384, 0.851, 27.4e9],
    ],
  },
  {
    table: tableOf(
      128,
      ccTT([
        [2, 128],
        [6, 256],
        [14, 512],
        [2, 1024],
      ]),
    ),
    parameters: 75e6,
    accuracies: [
      ['none', 224, 0.841, 15.7e9],
      ['none', 384, 0.857, 49.8e9],
      ['none', 512, 0.859, 96.7e9],
      ['ImageNet-21k', 224, 0.871, 15.7e9],
      ['ImageNet-21k', 384, 0.871, 49.8e9],
      ['ImageNet-21k', 512, 0.873, 96.7e9],
    ],
  },
  {
    table: tableOf(
      192,
      ccTT([
        [2, 192],
        [6, 384],
        [14, 768],
        [2, 1536],
      ]),
    ),
    parameters: 168e6,
    accuracies: [
      ['none', 224, 0.845, 34.7e9],
      ['none', 384, 0.858, 107.4e9],
      ['none', 512, 0.86, 203.1e9],
      ['ImageNet-21k', 224, 0.876, 34.7e9],
      ['ImageNet-21k', 384, 0.876, 107.4e9],
      ['ImageNet-21k', 512, 0.879, 203.1e9],
    ],
  },
  {
    table: tableOf(
      192,
      ccTT([
        [2, 192],
        [12, 384],
        [28, 768],
        [2, 1536],
      ]),
    ),
    parameters: 275e6,
    accuracies: [
      ['ImageNet-21k', 384, 0.879, 189.5e9],
      ['ImageNet-21k', 512, 0.881, 360.9e9],
      ['ImageNet-21k', 512, 0.8856, 360.9e9, 'pretrained with RandAugment and stochastic depth'],
    ],
  },
  {
    table: tableOf(
      192,
      ccTT([
        [2, 256],
        [12, 512],
        [28, 1280],
        [2, 2048],
      ]),
    ),
    parameters: 688e6,
    accuracies: [['JFT-300M', 512, 0.8977, 812e9]],
  },
  {
    // Two thirds of the second stage's MBConv blocks stand in the third stage at twice the width.
    table: tableOf(192, [
      { block: 'conv', layers: 2, channels: 192, stride: 2 },
      { block: 'conv', layers: 4, channels: 384, stride: 2 },
      { block: 'conv', layers: 8, channels: 768, stride: 2 },
      { block: 'transformer', layers: 42, channels: 1536, stride: 1 },
      // The paper's count of parameters and its multiply-accumulates settle this width: 2048 gives 1.35 billion.
      { block: 'transformer', layers: 2, channels: 3072, stride: 2 },
    ]),
    parameters: 1.47e9,
    accuracies: [['JFT-3B', 512, 0.9045, 1521e9]],
  },
  {
    table: tableOf(192, [
      { block: 'conv', layers: 2, channels: 256, stride: 2 },
      { block: 'conv', layers: 4, channels: 512, stride: 2 },
      { block: 'conv', layers: 8, channels: 1024, stride: 2 },
      { block: 'transformer', layers: 42, channels: 2048, stride: 1 },
      { block: 'transformer', layers: 2, channels: 3072, stride: 2 },
    ]),
    parameters: 2.44e9,
    accuracies: [['JFT-3B', 512, 0.9088, 2586e9]],
  },
];

function published({ parameters, accuracies }: Entry): Published {
  return {
    source: 'CoAtNet, arXiv:2106.04803',
    parameters,
    accuracies: accuracies.map(([pretraining, imageSize, top1, macs, note]) => {
      return { pretraining, imageSize, top1, macs, note };
    }),
  };
}

/** What every CoAtNet has in common. */
export function coAtNetParts(table: CoAtNetTable) {
  return {
    family: 'coatnet',
    headScope: 'head.fc',
    imageSizes: { minimum: 32, multipleOf: 32 },
    features: (net, images) => coAtNetFeatures(table, net, images),
    head: coAtNetHead,
  } satisfies Partial<ArchitectureParts>;
}

/** timm has the first six, without weights: nobody publishes weights of these networks. */
const inTimm = 6;

export const coAtNet: readonly ArchitectureParts[] = entries.map((entry, index) => ({
  ...coAtNetParts(entry.table),
  name: `coatnet_${index}`,
  aliases: index < inTimm ? [`coatnet_${index}_224`] : [],
  source: 'paper',
  title: `CoAtNet-${index}`,
  trainImageSize: 224,
  preprocessing: evaluation(224, 0.95, centred),
  published: published(entry),
  checkpoints: [],
}));
