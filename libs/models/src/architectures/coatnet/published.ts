import type { ArchitectureParts, Published, PublishedAccuracy } from '../architecture';
import { coAtNetFeatures, coAtNetHead } from './network';
import { type CoAtNetSize, type CoAtNetTable, paperBlocks, sizeOf } from './table';
import { centred, evaluation } from '../published';

type Pretraining = PublishedAccuracy['pretraining'];
type Accuracy = [
  pretraining: Pretraining,
  imageSize: number,
  top1: number,
  macs?: number,
  note?: string,
];

interface Entry {
  size: CoAtNetSize;
  /** Width of an attention head, 32 unless given. */
  headDim?: number;
  parameters: number;
  accuracies: readonly Accuracy[];
}

const entries: readonly Entry[] = [
  {
    size: sizeOf([64, 64], [2, 3, 5, 2], [96, 192, 384, 768]),
    parameters: 25e6,
    accuracies: [
      ['none', 224, 0.816, 4.2e9],
      ['none', 384, 0.839, 13.4e9],
    ],
  },
  {
    size: sizeOf([64, 64], [2, 6, 14, 2], [96, 192, 384, 768]),
    parameters: 42e6,
    accuracies: [
      ['none', 224, 0.833, 8.4e9],
      ['none', 384, 0.851, 27.4e9],
    ],
  },
  {
    size: sizeOf([128, 128], [2, 6, 14, 2], [128, 256, 512, 1024]),
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
    size: sizeOf([192, 192], [2, 6, 14, 2], [192, 384, 768, 1536]),
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
    size: sizeOf([192, 192], [2, 12, 28, 2], [192, 384, 768, 1536]),
    parameters: 275e6,
    accuracies: [
      ['ImageNet-21k', 384, 0.879, 189.5e9],
      ['ImageNet-21k', 512, 0.881, 360.9e9],
      ['ImageNet-21k', 512, 0.8856, 360.9e9, 'pretrained with RandAugment and stochastic depth'],
    ],
  },
  {
    size: sizeOf([192, 192], [2, 12, 28, 2], [256, 512, 1280, 2048]),
    headDim: 64,
    parameters: 688e6,
    accuracies: [['JFT-300M', 512, 0.8977, 812e9]],
  },
  {
    // Two thirds of the second stage's MBConv blocks have moved to the third stage, at twice the width.
    size: {
      stem: [192, 192],
      stages: [
        { block: 'conv', layers: 2, channels: 192, stride: 2 },
        { block: 'conv', layers: 4, channels: 384, stride: 2 },
        { block: 'conv', layers: 8, channels: 768, stride: 2 },
        { block: 'transformer', layers: 42, channels: 1536, stride: 1 },
        // The paper prints 2048, which gives 1.35 billion parameters; this width gives its 1.47 billion.
        { block: 'transformer', layers: 2, channels: 3072, stride: 2 },
      ],
    },
    headDim: 128,
    parameters: 1.47e9,
    accuracies: [['JFT-3B', 512, 0.9045, 1521e9]],
  },
  {
    size: {
      stem: [192, 192],
      stages: [
        { block: 'conv', layers: 2, channels: 256, stride: 2 },
        { block: 'conv', layers: 4, channels: 512, stride: 2 },
        { block: 'conv', layers: 8, channels: 1024, stride: 2 },
        { block: 'transformer', layers: 42, channels: 2048, stride: 1 },
        { block: 'transformer', layers: 2, channels: 3072, stride: 2 },
      ],
    },
    headDim: 128,
    parameters: 2.44e9,
    accuracies: [['JFT-3B', 512, 0.9088, 2586e9]],
  },
];

/** The paper's sizes, from the smallest. */
export const paperSizes = entries.map(({ size }) => size);

function published({ parameters, accuracies }: Entry): Published {
  return {
    source: 'CoAtNet, arXiv:2106.04803',
    parameters,
    accuracies: accuracies.map(([pretraining, imageSize, top1, macs, note]) => {
      return { pretraining, imageSize, top1, macs, note };
    }),
  };
}

/** Returns the parts that every CoAtNet has in common. */
export function coAtNetParts(table: CoAtNetTable) {
  return {
    family: 'coatnet',
    headScope: 'head.fc',
    imageSizes: { minimum: 32, multipleOf: 32 },
    features: (net, images) => coAtNetFeatures(table, net, images),
    head: coAtNetHead,
  } satisfies Partial<ArchitectureParts>;
}

/** The paper's networks. No one publishes weights of them. */
export const coAtNet: readonly ArchitectureParts[] = entries.map((entry, index) => ({
  ...coAtNetParts({ ...paperBlocks, ...entry.size, headDim: entry.headDim ?? 32 }),
  name: `coatnet_${index}`,
  aliases: [],
  source: 'paper',
  title: `CoAtNet-${index}`,
  trainImageSize: 224,
  preprocessing: evaluation(224, 0.95, centred),
  published: published(entry),
  checkpoints: [],
}));
