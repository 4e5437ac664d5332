import type { Padding } from '../../net/net';

/** A convolution and the batch norm after it. */
type ConvNorm = readonly [conv: string, norm: string];

/** Names of an EfficientNetV2's tensors. Block-level names are relative to the block's scope. */
export interface EfficientNetV2Names {
  stem: ConvNorm;
  /** Scope of the stage with this index; a block's scope is its index below it. */
  stage(index: number): string;
  conv: ConvNorm;
  fused: { expand: ConvNorm; project: ConvNorm };
  mbconv: {
    expand: ConvNorm;
    depthwise: ConvNorm;
    squeezeExcite: readonly [scope: string, reduce: string, expand: string];
    project: ConvNorm;
  };
  /** The last 1×1 convolution. */
  head(stages: number): ConvNorm;
  classifier: string;
}

export const timmNames: EfficientNetV2Names = {
  stem: ['conv_stem', 'bn1'],
  stage: (index) => `blocks.${index}`,
  conv: ['conv', 'bn1'],
  fused: { expand: ['conv_exp', 'bn1'], project: ['conv_pwl', 'bn2'] },
  mbconv: {
    expand: ['conv_pw', 'bn1'],
    depthwise: ['conv_dw', 'bn2'],
    squeezeExcite: ['se', 'conv_reduce', 'conv_expand'],
    project: ['conv_pwl', 'bn3'],
  },
  head: () => ['conv_head', 'bn2'],
  classifier: 'classifier',
};

function sequence(scope: string): ConvNorm {
  return [`${scope}.0`, `${scope}.1`];
}

const torchvisionNames: EfficientNetV2Names = {
  stem: sequence('features.0'),
  stage: (index) => `features.${index + 1}`,
  conv: sequence('block.0'),
  fused: { expand: sequence('block.0'), project: sequence('block.1') },
  mbconv: {
    expand: sequence('block.0'),
    depthwise: sequence('block.1'),
    squeezeExcite: ['block.2', 'fc1', 'fc2'],
    project: sequence('block.3'),
  },
  head: (stages) => sequence(`features.${stages + 1}`),
  classifier: 'classifier.1',
};

/** One row of a stage table. */
export interface EfficientNetV2Stage {
  /** `conv` is a single 3×3 convolution, which a Fused-MBConv with expand ratio 1 is in the released code. */
  block: 'conv' | 'fused-mbconv' | 'mbconv';
  layers: number;
  /** Stride of the stage's first block. */
  stride: 1 | 2;
  expandRatio: number;
  channels: number;
}

/** EfficientNetV2 as data. All kernels are 3×3 or 1×1. */
export interface EfficientNetV2Table {
  /** Channels of the stem. */
  stem: number;
  stages: readonly EfficientNetV2Stage[];
  /** Channels of the last 1×1 convolution. */
  head: number;
  /** Squeeze-excitation's width relative to the block's input channels, in `mbconv` blocks. */
  seRatio: number;
  padding: Padding;
  epsilon: number;
  names: EfficientNetV2Names;
}

type Row = [
  block: EfficientNetV2Stage['block'],
  layers: number,
  stride: 1 | 2,
  expandRatio: number,
  channels: number,
];

function tableOf(stem: number, rows: readonly Row[]): EfficientNetV2Table {
  const stages = rows.map(([block, layers, stride, expandRatio, channels]) => {
    return { block, layers, stride, expandRatio, channels };
  });
  const constants = { seRatio: 0.25, padding: 'same', epsilon: 1e-3, names: timmNames } as const;
  return { stem, stages, head: 1280, ...constants };
}

/** S, M, L and XL share strides and expand ratios and differ in [layers, channels]. */
function large(stem: number, ...rows: [layers: number, channels: number][]): EfficientNetV2Table {
  const kinds = [
    ['conv', 1, 1],
    ['fused-mbconv', 2, 4],
    ['fused-mbconv', 2, 4],
    ['mbconv', 2, 4],
    ['mbconv', 1, 6],
    ['mbconv', 2, 6],
    ['mbconv', 1, 6],
  ] as const;
  return tableOf(
    stem,
    rows.map(([layers, channels], index) => {
      const [block, stride, expandRatio] = kinds[index];
      return [block, layers, stride, expandRatio, channels];
    }),
  );
}

interface Scaling {
  /** Factor of all channels, which are then rounded to the nearest multiple of 8. */
  width: number;
  /** Factor of a stage's layers, which are then rounded up. */
  depth: (stage: number) => number;
  /** Minimum share of the exact number of channels after rounding; below it, the number is rounded up. */
  roundLimit?: number;
}

/** Compound scaling. EfficientNet, arXiv:1905.11946, §3.3. */
function scaled(
  table: EfficientNetV2Table,
  { width, depth, roundLimit = 0 }: Scaling,
): EfficientNetV2Table {
  const channels = (count: number) => {
    const exact = count * width;
    const rounded = Math.max(8, Math.floor((exact + 4) / 8) * 8);
    return rounded < roundLimit * exact ? rounded + 8 : rounded;
  };
  const stages = table.stages.map((stage, index) => ({
    ...stage,
    layers: Math.ceil(stage.layers * depth(index)),
    channels: channels(stage.channels),
  }));
  return { ...table, stem: channels(table.stem), head: channels(table.head), stages };
}

const base = tableOf(32, [
  ['conv', 1, 1, 1, 16],
  ['fused-mbconv', 2, 2, 4, 32],
  ['fused-mbconv', 2, 2, 4, 48],
  ['mbconv', 3, 2, 4, 96],
  ['mbconv', 5, 1, 6, 112],
  ['mbconv', 8, 2, 6, 192],
]);

/** The released networks. EfficientNetV2, arXiv:2104.00298, table 4, and its code. */
export const efficientNetV2Tables = {
  B0: base,
  B1: scaled(base, { width: 1, depth: () => 1.1 }),
  B2: scaled(base, { width: 1.1, depth: () => 1.2 }),
  B3: scaled(base, { width: 1.2, depth: () => 1.4 }),
  S: large(24, [2, 24], [4, 48], [4, 64], [6, 128], [9, 160], [15, 256]),
  M: large(24, [3, 24], [5, 48], [5, 80], [7, 160], [14, 176], [18, 304], [5, 512]),
  L: large(32, [4, 32], [7, 64], [7, 96], [10, 192], [19, 224], [25, 384], [7, 640]),
  XL: large(32, [4, 32], [8, 64], [8, 96], [16, 192], [24, 256], [32, 512], [8, 640]),
};

const { S, M, L } = efficientNetV2Tables;
const pyTorch = { padding: 'symmetric', epsilon: 1e-5 } as const;

/** timm's S from before the release: its first stage has no expansion but a projection. */
const rwS: EfficientNetV2Table = {
  ...S,
  ...pyTorch,
  stages: S.stages.map((stage, index) => {
    if (index === 0) return { ...stage, block: 'fused-mbconv' };
    return index === 5 ? { ...stage, channels: 272 } : stage;
  }),
  head: 1792,
};

/** timm's own networks: efficientnetv2_rw_{t,s,m} of its efficientnet.py. */
export const rwTables = {
  T: scaled({ ...S, ...pyTorch }, { width: 0.8, depth: () => 0.9, roundLimit: 0.9 }),
  S: rwS,
  M: scaled(rwS, {
    width: 1.2,
    depth: (stage) => (stage < 4 ? 1.2 : 1.6),
    roundLimit: 0.9,
  }),
};

function torchvision(table: EfficientNetV2Table): EfficientNetV2Table {
  return { ...table, padding: 'symmetric', names: torchvisionNames };
}

/** The released networks as torchvision builds them. */
export const torchvisionTables = { S: torchvision(S), M: torchvision(M), L: torchvision(L) };
