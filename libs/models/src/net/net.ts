export type Activation = 'none' | 'silu' | 'gelu' | 'relu' | 'sigmoid' | 'tanh';

/** `same`: TensorFlow's, the odd pixel at the end; `symmetric`: PyTorch's (kernel − 1) / 2 on each side. */
export type Padding = 'same' | 'symmetric';

/** Named starts of a weight; fans are resolved from its shape. */
export type WeightInitializer =
  /** normal, variance 2 / fan out */
  | 'fan-out-normal'
  /** uniform, bound √(6 / (fan in + fan out)) */
  | 'xavier-uniform'
  /** uniform, bound 1 / √fan in, biases too: PyTorch's default */
  | 'fan-in-uniform'
  /** normal, standard deviation 0.02 */
  | 'small-normal';

interface SpatialOptions {
  /** Side of the square kernel. */
  kernel: number;
  stride?: 1 | 2;
  padding?: Padding;
  bias?: boolean;
  initializer: WeightInitializer;
}

export interface DepthwiseConvOptions extends SpatialOptions {
  /** As many as channels by default. */
  filters?: number;
}

export interface ConvOptions extends SpatialOptions {
  filters: number;
  /** Standard deviation that the bias starts with; zero by default. */
  biasDeviation?: number;
}

export interface DenseOptions {
  units: number;
  initializer: WeightInitializer;
}

export interface RelativeAttentionOptions {
  headDim: number;
  /** Where the bias comes from an MLP over log-spaced distances instead of a table: its hidden layer. */
  mlp?: DenseOptions & Pick<ConvOptions, 'biasDeviation'>;
}

export interface SqueezeExciteOptions {
  /** Between the two layers, in channels. */
  width: number;
  activation: 'silu' | 'relu';
  initializer: WeightInitializer;
}

export interface BatchNormOptions {
  epsilon: number;
  /** Given to the norm so that an engine can do both in one pass. */
  activation: 'none' | 'silu' | 'gelu';
}

/**
 * What an architecture's forward function is written against. T is what flows: a tensor, a shape, a
 * graph value. Layers own parameters, named `scope.layer.parameter` as in timm's state dicts and created in the
 * order of the calls, which is therefore the state dict's order. All images are NHWC.
 */
export interface Net<T> {
  /** The same net with `scope` put in front of every name. */
  at(scope: string): Net<T>;
  /**
   * A named part of the network: runs `body` with the net at `scope`. Readings may free what the body made beside its
   * result, and record the result under the part's name.
   */
  within(scope: string, x: T, body: (net: Net<T>, x: T) => T): T;
  /** [batch, height, width, channels] or [batch, features]; the batch may be unknown (NaN). */
  shape(x: T): readonly number[];

  /** x [batch, height, width, channels] → [batch, height′, width′, filters] */
  conv(name: string, x: T, options: ConvOptions): T;
  /**
   * x [batch, height, width, channels] → [batch, height′, width′, filters]; a multiple of the channels, each of which
   * feeds the same number of neighbouring filters.
   */
  depthwiseConv(name: string, x: T, options: DepthwiseConvOptions): T;
  /** Normalises over all axes but the last, then activates. */
  batchNorm(name: string, x: T, options: BatchNormOptions): T;
  /** Normalises over the last axis. */
  layerNorm(name: string, x: T, options: { epsilon: number }): T;
  /** x [batch, features] → [batch, units], with a bias */
  dense(name: string, x: T, options: DenseOptions): T;
  /**
   * Multi-head self-attention over all positions with a learned bias per head and relative position, before the softmax:
   * softmax(q·kᵀ/√headDim + bias[i − j])·v. CoAtNet, arXiv:2106.04803, §2.1; the bias of an MLP as Swin V2,
   * arXiv:2111.09883, §3.3.
   * @param qkv [batch, height, width, heads·3·headDim]: per head its query, key and value
   * @returns [batch, height, width, heads·headDim]
   */
  relativeAttention(name: string, qkv: T, options: RelativeAttentionOptions): T;

  /**
   * Multiplies each channel of an image by a gate in (0, 1) that two 1×1 convolutions make of all channels' means, the
   * first to `width` channels. Squeeze-excitation, arXiv:1709.01507.
   * @param names of the two convolutions
   */
  squeezeExcite(
    names: readonly [reduce: string, expand: string],
    x: T,
    options: SqueezeExciteOptions,
  ): T;

  /** Multiplies each channel by a learned factor that starts at `start`. LayerScale, arXiv:2103.17239. */
  layerScale(name: string, x: T, options: { start: number }): T;

  activation(x: T, kind: Activation): T;
  /**
   * 3×3, stride 2, one pixel of padding that never wins: [batch, height, width, channels], both sides even →
   * [batch, height/2, width/2, channels]
   */
  maxPool(x: T): T;
  /** 2×2, stride 2, no padding: [batch, height, width, channels] → [batch, ⌊height/2⌋, ⌊width/2⌋, channels] */
  averagePool(x: T): T;
  /** [batch, height, width, channels] → [batch, 1, 1, channels] */
  globalPool(x: T): T;
  /** [batch, 1, 1, channels] → [batch, channels] */
  flatten(x: T): T;
  add(a: T, b: T): T;
  /** In training: zeroes each value with the head's drop rate. */
  dropout(x: T): T;
  /**
   * Stochastic depth, in training: zeroes the whole of an image's x with a probability of `depth` times the drop path
   * rate; the rest is scaled so that the expectation stays.
   * @param depth in [0, 1]: how far down the network the block is
   */
  dropPath(x: T, depth: number): T;
}
