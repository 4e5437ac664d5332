import type { ArchitectureParts, Published, PublishedAccuracy } from '../architecture';
import { type CoAtNetStage, type CoAtNetTable, coAtNetFeatures, coAtNetHead } from './coatnet';

type Row = [block: CoAtNetStage['block'], layers: number, channels: number, stride?: 1];

const constants = {
  expandRatio: 4,
  seRatio: 0.25,
  headDim: 32,
  batchNormEpsilon: 1e-5,
  layerNormEpsilon: 1e-6,
};

function tableOf(stem: number, rows: readonly Row[]): CoAtNetTable {
  const stages = rows.map(([block, layers, channels, stride]): CoAtNetStage => {
    return { block, layers, channels, stride: stride ?? 2 };
  });
  return { stem, stages, ...constants };
}

/** The layout C-C-T-T: [layers, channels] of each stage after the stem. */
function ccTT(stem: number, ...rows: [layers: number, channels: number][]): CoAtNetTable {
  const blocks = ['mbconv', 'mbconv', 'transformer', 'transformer'] as const;
  return tableOf(
    stem,
    rows.map(([layers, channels], index) => [blocks[index], layers, channels]),
  );
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
    table: ccTT(64, [2, 96], [3, 192], [5, 384], [2, 768]),
    parameters: 25e6,
    accuracies: [
      ['none', 224, 0.816, 4.2e9],
      ['none', 384, 0.839, 13.4e9],
    ],
  },
  {
    table: ccTT(64, [2, 96], [6, 192], [14, 384], [2, 768]),
    parameters: 42e6,
    accuracies: [
      ['none', 224, 0.833, 8.4e9],
      ['none', 384, 0.851, 27.4e9],
    ],
  },
  {
    table: ccTT(128, [2, 128], [6, 256], [14, 512], [2, 1024]),
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
    table: ccTT(192, [2, 192], [6, 384], [14, 768], [2, 1536]),
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
    table: ccTT(192, [2, 192], [12, 384], [28, 768], [2, 1536]),
    parameters: 275e6,
    accuracies: [
      ['ImageNet-21k', 384, 0.879, 189.5e9],
      ['ImageNet-21k', 512, 0.881, 360.9e9],
      ['ImageNet-21k', 512, 0.8856, 360.9e9, 'pretrained with RandAugment and stochastic depth'],
    ],
  },
  {
    table: ccTT(192, [2, 256], [12, 512], [28, 1280], [2, 2048]),
    parameters: 688e6,
    accuracies: [['JFT-300M', 512, 0.8977, 812e9]],
  },
  {
    // Two thirds of the second stage's MBConv blocks stand in the third stage at twice the width.
    table: tableOf(192, [
      ['mbconv', 2, 192],
      ['mbconv', 4, 384],
      ['mbconv', 8, 768],
      ['transformer', 42, 1536, 1],
      // The paper's count of parameters and its multiply-accumulates settle this width: 2048 gives 1.35 billion.
      ['transformer', 2, 3072],
    ]),
    parameters: 1.47e9,
    accuracies: [['JFT-3B', 512, 0.9045, 1521e9]],
  },
  {
    table: tableOf(192, [
      ['mbconv', 2, 256],
      ['mbconv', 4, 512],
      ['mbconv', 8, 1024],
      ['transformer', 42, 2048, 1],
      ['transformer', 2, 3072],
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

export const coAtNet: readonly ArchitectureParts[] = entries.map((entry, index) => ({
  name: `coatnet_${index}`,
  title: `CoAtNet-${index}`,
  family: 'coatnet',
  headScope: 'head.fc',
  trainImageSize: 224,
  imageSizes: { minimum: 32, multipleOf: 32 },
  preprocessing: {
    imageSize: 224,
    cropPercent: 0.95,
    interpolation: 'bicubic',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  published: published(entry),
  features: (net, images) => coAtNetFeatures(entry.table, net, images),
  head: coAtNetHead,
}));
