import type { WeightInitializer } from '../../net/net';

/** One row of a stage table. */
interface CoAtNetStage {
  block: 'conv' | 'transformer';
  layers: number;
  /** Stride of the stage's first block. */
  stride: 1 | 2;
  channels: number;
}

/** Options of `conv` blocks as MBConv with pre-activation. CoAtNet, arXiv:2106.04803, §2.2. */
export interface MbconvOptions {
  kind: 'mbconv';
  epsilon: number;
  activation: 'gelu' | 'silu';
  /** Whether an activation follows the first norm. */
  preActivation: boolean;
  /**
   * Which channels the expand ratio and squeeze-excitation's ratio apply to: a block's output, or its input and its
   * expansion.
   */
  widthFrom: 'output' | 'input';
  /** Whether the shortcut's and the last 1×1 convolution have a bias. */
  outputBias: boolean;
  /** How the first block of a stage halves the image. */
  stride: 'expansion' | 'depthwise' | 'pool';
  squeezeExcite: { place: 'after-norm' | 'before-norm'; activation: 'silu' | 'relu' };
}

/** Options of `conv` blocks as in ConvNeXt. arXiv:2201.03545, §2. */
export interface ConvNextOptions {
  kind: 'convnext';
  epsilon: number;
  activation: 'gelu';
  layerScale: number;
}

export interface TransformerOptions {
  /** Norm of the Transformer blocks and before the classifier. */
  norm: 'layer' | 'batch';
  epsilon: number;
  /** Part that widens the channels in the first block of a stage: attention as a whole, or its output projection. */
  widenedBy: 'attention' | 'projection';
  /** Whether the shortcut's convolution has a bias. */
  shortcutBias: boolean;
  /** Initial value of the factors that scale each branch's channels; undefined means no layer scale. */
  layerScale?: number;
  /** Hidden units of the MLP that computes the position bias; undefined means a table. */
  biasUnits?: number;
}

/** CoAtNet as data. */
export interface CoAtNetTable {
  /** Channels of the stem's two 3×3 convolutions. */
  stem: readonly [first: number, second: number];
  stages: readonly CoAtNetStage[];
  conv: MbconvOptions | ConvNextOptions;
  transformer: TransformerOptions;
  /** Pooling in shortcuts and before attention: 2×2 averages or 3×3 maxima. */
  pooling: 'average' | 'max';
  /** Whether norm → dense → tanh follow the pooling, a norm precedes it, or it is all there is. */
  head: 'dense' | 'norm' | 'plain';
  initializers: {
    /** Initializer of the stem and of MBConv. */
    conv: WeightInitializer;
    transformer: WeightInitializer;
    /** Standard deviation of the biases in the Transformer's MLPs. */
    mlpBias: number;
  };
  expandRatio: number;
  /** Squeeze-excitation's width relative to the channels that `widthFrom` selects. */
  seRatio: number;
  /** Width of one attention head. */
  headDim: number;
}

/** A block and its position. */
export interface CoAtNetBlock extends CoAtNetStage {
  /** Relative depth in the network, in [0, 1]. */
  depth: number;
}

/** Constants of every CoAtNet. */
const coAtNetConstants = { expandRatio: 4, seRatio: 0.25, headDim: 32 };

const mbconv: MbconvOptions = {
  kind: 'mbconv',
  epsilon: 1e-5,
  activation: 'gelu',
  preActivation: false,
  widthFrom: 'output',
  outputBias: true,
  stride: 'depthwise',
  squeezeExcite: { place: 'after-norm', activation: 'silu' },
};

/** The blocks of timm's coatnet_N_224, timm's reading of the paper. */
export const timmBlocks: Omit<CoAtNetTable, 'stem' | 'stages'> = {
  ...coAtNetConstants,
  conv: mbconv,
  transformer: { norm: 'layer', epsilon: 1e-6, widenedBy: 'attention', shortcutBias: true },
  pooling: 'average',
  head: 'dense',
  initializers: { conv: 'fan-out-normal', transformer: 'xavier-uniform', mlpBias: 1e-6 },
};

/**
 * The paper's blocks: an MBConv halves the image in its first 1×1 convolution (equation 5), shortcuts pool by maximum
 * (appendix A.1), and one dense layer follows the pooling. The paper doesn't say what the following are; they are chosen
 * here so that parameters and multiply-accumulates come closest to its table, or as in timm:
 * - expansion and squeeze-excitation take their widths from a block's output channels;
 * - attention is as wide as a block's output;
 * - pooling has windows of 3×3, norms have epsilon 1e-5 (batch) and 1e-6 (layer), and convolutions before an addition a bias.
 */
export const paperBlocks: Omit<CoAtNetTable, 'stem' | 'stages'> = {
  ...timmBlocks,
  conv: { ...mbconv, stride: 'expansion' },
  pooling: 'max',
  head: 'plain',
};

export type CoAtNetSize = Pick<CoAtNetTable, 'stem' | 'stages'>;

/**
 * Returns a network of the layout C-C-T-T.
 * @param layers of each stage after the stem
 * @param channels of each stage after the stem
 */
export function sizeOf(
  stem: CoAtNetSize['stem'],
  layers: readonly number[],
  channels: readonly number[],
): CoAtNetSize {
  const stages = layers.map((count, index): CoAtNetStage => {
    const block = index < 2 ? 'conv' : 'transformer';
    return { block, layers: count, channels: channels[index]!, stride: 2 };
  });
  return { stem, stages };
}
