import type { ArchitectureParts, Preprocessing, Published } from '../architecture';
import {
  type EfficientNetV2Stage,
  type EfficientNetV2Table,
  efficientNetV2Features,
  efficientNetV2Head,
} from './efficientnetv2';

type Row = [
  block: EfficientNetV2Stage['block'],
  layers: number,
  stride: 1 | 2,
  expandRatio: number,
  channels: number,
];

const constants = { seRatio: 0.25, padding: 'same', epsilon: 1e-3 } as const;

const base: readonly Row[] = [
  ['fused-mbconv', 1, 1, 1, 16],
  ['fused-mbconv', 2, 2, 4, 32],
  ['fused-mbconv', 2, 2, 4, 48],
  ['mbconv', 3, 2, 4, 96],
  ['mbconv', 5, 1, 6, 112],
  ['mbconv', 8, 2, 6, 192],
];

/** S, M, L and XL share strides and expand ratios and differ in [layers, channels]. */
function large(...rows: [layers: number, channels: number][]): Row[] {
  const kinds = [
    ['fused-mbconv', 1, 1],
    ['fused-mbconv', 2, 4],
    ['fused-mbconv', 2, 4],
    ['mbconv', 2, 4],
    ['mbconv', 1, 6],
    ['mbconv', 2, 6],
    ['mbconv', 1, 6],
  ] as const;
  return rows.map(([layers, channels], index) => {
    const [block, stride, expandRatio] = kinds[index];
    return [block, layers, stride, expandRatio, channels];
  });
}

function tableOf(stem: number, rows: readonly Row[]): EfficientNetV2Table {
  const stages = rows.map(([block, layers, stride, expandRatio, channels]) => {
    return { block, layers, stride, expandRatio, channels };
  });
  return { stem, stages, head: 1280, ...constants };
}

/** Compound scaling: channels times `width`, rounded to the next multiple of 8; layers times `depth`, rounded up. */
function scaled(width: number, depth: number): EfficientNetV2Table {
  const channels = (count: number) => Math.max(8, Math.floor((count * width + 4) / 8) * 8);
  const table = tableOf(32, base);
  const stages = table.stages.map((stage) => ({
    ...stage,
    layers: Math.ceil(stage.layers * depth),
    channels: channels(stage.channels),
  }));
  return { ...table, stem: channels(table.stem), head: channels(table.head), stages };
}

const imageNet: Pick<Preprocessing, 'mean' | 'std'> = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const centred: Pick<Preprocessing, 'mean' | 'std'> = {
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

interface Entry {
  size: string;
  table: EfficientNetV2Table;
  trainImageSize: number;
  evaluation: [imageSize: number, cropPercent: number, values: typeof imageNet];
  /** Trained on ImageNet-1k alone, evaluated at the evaluation size. */
  scratch?: { top1: number; macs: number; parameters: number };
  /** ImageNet-21k first, then ImageNet-1k. */
  pretrained?: { top1: number };
}

const entries: readonly Entry[] = [
  {
    size: 'B0',
    table: scaled(1, 1),
    trainImageSize: 192,
    evaluation: [224, 0.875, imageNet],
    scratch: { top1: 0.787, macs: 0.72e9, parameters: 7.1e6 },
  },
  {
    size: 'B1',
    table: scaled(1, 1.1),
    trainImageSize: 192,
    evaluation: [240, 0.882, imageNet],
    scratch: { top1: 0.798, macs: 1.2e9, parameters: 8.1e6 },
  },
  {
    size: 'B2',
    table: scaled(1.1, 1.2),
    trainImageSize: 208,
    evaluation: [260, 0.89, imageNet],
    scratch: { top1: 0.805, macs: 1.7e9, parameters: 10.1e6 },
  },
  {
    size: 'B3',
    table: scaled(1.2, 1.4),
    trainImageSize: 240,
    evaluation: [300, 0.904, imageNet],
    scratch: { top1: 0.821, macs: 3.0e9, parameters: 14.4e6 },
  },
  {
    size: 'S',
    table: tableOf(24, large([2, 24], [4, 48], [4, 64], [6, 128], [9, 160], [15, 256])),
    trainImageSize: 300,
    evaluation: [384, 1, centred],
    scratch: { top1: 0.839, macs: 8.4e9, parameters: 21.5e6 },
    pretrained: { top1: 0.849 },
  },
  {
    size: 'M',
    table: tableOf(24, large([3, 24], [5, 48], [5, 80], [7, 160], [14, 176], [18, 304], [5, 512])),
    trainImageSize: 384,
    evaluation: [480, 1, centred],
    scratch: { top1: 0.852, macs: 24.7e9, parameters: 54.1e6 },
    pretrained: { top1: 0.862 },
  },
  {
    size: 'L',
    table: tableOf(32, large([4, 32], [7, 64], [7, 96], [10, 192], [19, 224], [25, 384], [7, 640])),
    trainImageSize: 384,
    evaluation: [480, 1, centred],
    scratch: { top1: 0.857, macs: 56.3e9, parameters: 119.5e6 },
    pretrained: { top1: 0.869 },
  },
  {
    size: 'XL',
    table: tableOf(32, large([4, 32], [8, 64], [8, 96], [16, 192], [24, 256], [32, 512], [8, 640])),
    trainImageSize: 384,
    evaluation: [512, 1, centred],
    pretrained: { top1: 0.872 },
  },
];

function published({ scratch, pretrained, evaluation: [imageSize] }: Entry): Published {
  const accuracies: Published['accuracies'][number][] = [];
  if (scratch) {
    const { top1, macs } = scratch;
    accuracies.push({ top1, imageSize, pretraining: 'none', macs });
  }
  if (pretrained) accuracies.push({ ...pretrained, imageSize, pretraining: 'ImageNet-21k' });
  const source = 'EfficientNetV2, arXiv:2104.00298, as its released code prints it';
  return { source, parameters: scratch?.parameters, accuracies };
}

export const efficientNetV2: readonly ArchitectureParts[] = entries.map((entry) => {
  const [imageSize, cropPercent, values] = entry.evaluation;
  return {
    name: `efficientnetv2_${entry.size.toLowerCase()}`,
    title: `EfficientNetV2-${entry.size}`,
    family: 'efficientnetv2',
    headScope: 'classifier',
    trainImageSize: entry.trainImageSize,
    imageSizes: { minimum: 32, multipleOf: 1 },
    preprocessing: { imageSize, cropPercent, interpolation: 'bicubic', ...values },
    published: published(entry),
    features: (net, images) => efficientNetV2Features(entry.table, net, images),
    head: efficientNetV2Head,
  };
});
