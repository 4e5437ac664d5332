import type { ArchitectureParts, Preprocessing } from '../architecture';
import { coAtNetParts, paperSizes } from './published';
import {
  type CoAtNetSize,
  type CoAtNetTable,
  type MbconvOptions,
  sizeOf,
  timmBlocks,
  type TransformerOptions,
} from './table';
import { centred, evaluation, imageNet, onlyWeights, timmCheckpoint } from '../published';

const pico = sizeOf([32, 64], [2, 3, 5, 2], [64, 128, 256, 512]);
const nano = sizeOf([32, 64], [3, 4, 6, 3], [64, 128, 256, 512]);
/** Two more layers than the paper's CoAtNet-0. */
const zero = sizeOf([32, 64], [2, 3, 7, 2], [96, 192, 384, 768]);
const one = sizeOf([32, 64], [2, 6, 14, 2], [96, 192, 384, 768]);
const two = sizeOf([64, 128], [2, 6, 14, 2], [128, 256, 512, 1024]);
const three = sizeOf([96, 192], [2, 6, 14, 2], [192, 384, 768, 1536]);

type Differences = Partial<MbconvOptions> & {
  transformer?: Partial<TransformerOptions>;
  pooling?: CoAtNetTable['pooling'];
};

/** Shared by all: no dense layer before the classifier, attention as wide as its input. */
const rwTransformer: TransformerOptions = { ...timmBlocks.transformer, widenedBy: 'projection' };

function rw(
  size: CoAtNetSize,
  { transformer, pooling = 'average', ...conv }: Differences,
): CoAtNetTable {
  const base: MbconvOptions = {
    kind: 'mbconv',
    epsilon: 1e-5,
    activation: 'silu',
    preActivation: true,
    widthFrom: 'input',
    outputBias: false,
    stride: 'depthwise',
    squeezeExcite: { place: 'after-norm', activation: 'silu' },
  };
  return {
    ...timmBlocks,
    ...size,
    conv: { ...base, ...conv },
    transformer: { ...rwTransformer, ...transformer },
    pooling,
    head: 'norm',
  };
}

const earlyRelu = { place: 'before-norm', activation: 'relu' } as const;
const lateRelu = { place: 'after-norm', activation: 'relu' } as const;
/** The small ones are later designs, whose convolutional blocks are closer to the paper's. */
const later = { preActivation: false, outputBias: true };
const noBias = { shortcutBias: false };

/** timm's maxxvit.py, 1.0.28. */
const tables = {
  pico_rw: rw(pico, later),
  nano_rw: rw(nano, { ...later, stride: 'pool' }),
  '0_rw': rw(zero, { stride: 'pool', squeezeExcite: earlyRelu, transformer: noBias }),
  '1_rw': rw(one, { squeezeExcite: earlyRelu, transformer: noBias }),
  '2_rw': rw(two, {}),
  '3_rw': rw(three, { transformer: { layerScale: 1e-6 } }),
  bn_0_rw: rw(zero, { squeezeExcite: earlyRelu, transformer: { ...noBias, norm: 'batch' } }),
  rmlp_nano_rw: rw(nano, { ...later, transformer: { biasUnits: 384 } }),
  rmlp_0_rw: rw(zero, { squeezeExcite: lateRelu, transformer: { biasUnits: 512 } }),
  rmlp_1_rw: rw(one, {
    stride: 'pool',
    squeezeExcite: earlyRelu,
    pooling: 'max',
    transformer: { ...noBias, biasUnits: 384 },
  }),
  rmlp_1_rw2: rw(one, { squeezeExcite: lateRelu, transformer: { biasUnits: 512 } }),
  rmlp_2_rw: rw(two, { transformer: { layerScale: 1e-6, biasUnits: 512 } }),
  rmlp_3_rw: rw(three, { transformer: { layerScale: 1e-6, biasUnits: 512 } }),
};

const coAtNeXt: CoAtNetTable = {
  ...timmBlocks,
  ...nano,
  conv: { kind: 'convnext', epsilon: 1e-6, activation: 'gelu', layerScale: 1e-5 },
  transformer: rwTransformer,
  head: 'norm',
  initializers: { conv: 'small-normal', transformer: 'small-normal', mlpBias: 0 },
};

type Weights = [tag: string, top1?: number];

interface Entry {
  name: string;
  title: string;
  table: CoAtNetTable;
  preprocessing: Preprocessing;
  /** Published weights: tag, and ImageNet-1k top-1 from timm's model cards; empty if timm only has the architecture. */
  weights: readonly Weights[];
}

const at90 = evaluation(224, 0.9, centred);
const at95 = evaluation(224, 0.95, centred);

function entry(
  kind: keyof typeof tables,
  title: string,
  preprocessing: Preprocessing,
  ...weights: Weights[]
): Entry {
  const name = `coatnet_${kind}_${preprocessing.imageSize}`;
  return { name, title: `CoAtNet-${title}`, table: tables[kind], preprocessing, weights };
}

/** timm's reading of the paper's first six sizes. */
const plain = paperSizes.slice(0, 6).map((size, index): Entry => {
  const table = { ...timmBlocks, ...size };
  const name = `coatnet_${index}_224`;
  return { name, title: `CoAtNet-${index}, timm`, table, preprocessing: at95, weights: [] };
});

const entries: readonly Entry[] = [
  ...plain,
  entry('pico_rw', 'pico rw', at95),
  entry('nano_rw', 'nano rw', at90, ['sw_in1k', 0.817]),
  entry('0_rw', '0 rw', at95, ['sw_in1k', 0.8239]),
  entry('1_rw', '1 rw', at95, ['sw_in1k', 0.8362]),
  entry('2_rw', '2 rw', at95, ['sw_in12k_ft_in1k', 0.8657], ['sw_in12k']),
  entry('3_rw', '3 rw', at95, ['sw_in12k']),
  entry('bn_0_rw', '0 rw, batch norm', evaluation(224, 0.95, imageNet), ['sw_in1k', 0.8239]),
  entry('rmlp_nano_rw', 'nano rw, MLP bias', at90, ['sw_in1k', 0.8205]),
  entry('rmlp_0_rw', '0 rw, MLP bias', at95),
  entry('rmlp_1_rw', '1 rw, MLP bias', at95, ['sw_in1k', 0.8336]),
  entry('rmlp_1_rw2', '1 rw2, MLP bias', at95, ['sw_in12k_ft_in1k', 0.849], ['sw_in12k']),
  entry(
    'rmlp_2_rw',
    '2 rw, MLP bias',
    at95,
    ['sw_in12k_ft_in1k', 0.8649],
    ['sw_in1k', 0.8461],
    ['sw_in12k'],
  ),
  entry('rmlp_2_rw', '2 rw, MLP bias, 384 px', evaluation(384, 1, centred, 'squash'), [
    'sw_in12k_ft_in1k',
    0.8739,
  ]),
  entry('rmlp_3_rw', '3 rw, MLP bias', at95),
  {
    name: 'coatnext_nano_rw_224',
    title: 'CoAtNeXt-nano rw',
    table: coAtNeXt,
    preprocessing: at90,
    weights: [['sw_in1k', 0.8195]],
  },
];

/** timm's variants of CoAtNet; all published CoAtNet weights are for these. */
export const coAtNetVariants = entries.map(
  ({ name, title, table, preprocessing, weights }): ArchitectureParts => ({
    ...coAtNetParts(table),
    name,
    aliases: [],
    source: 'timm',
    title,
    trainImageSize: preprocessing.imageSize,
    preprocessing,
    published: onlyWeights('timm 1.0.28'),
    checkpoints: weights.map(([tag, top1]) => timmCheckpoint(name, tag, preprocessing, top1)),
  }),
);
