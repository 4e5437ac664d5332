export type Activation = 'none' | 'silu' | 'gelu' | 'relu' | 'sigmoid' | 'tanh';

/** `same`: TensorFlow's, the odd pixel at the end; `symmetric`: PyTorch's (kernel − 1) / 2 on each side. */
export type Padding = 'same' | 'symmetric';

/** Named initializers of weights; fans are derived from the shape. */
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
  /** Number of filters; default: the number of channels. */
  filters?: number;
}

export interface ConvOptions extends SpatialOptions {
  filters: number;
  /** Standard deviation of the initial bias; default: zero. */
  biasDeviation?: number;
}

export interface DenseOptions {
  units: number;
  initializer: WeightInitializer;
}

export interface RelativeAttentionOptions {
  headDim: number;
  /** Hidden layer of the MLP over log-spaced distances that computes the bias; default: a table instead. */
  mlp?: DenseOptions & Pick<ConvOptions, 'biasDeviation'>;
}

export interface SqueezeExciteOptions {
  /** Width between the two layers, in channels. */
  width: number;
  activation: 'silu' | 'relu';
  initializer: WeightInitializer;
}

export interface BatchNormOptions {
  epsilon: number;
  /** Activation after the norm, so that an engine can fuse both. */
  activation: 'none' | 'silu' | 'gelu';
}

/**
 * The interface that architectures' forward functions use. T is the type of values: a tensor, a shape, a graph node. Layers
 * own parameters, named `scope.layer.parameter` as in timm's state dicts and created in the order of the calls, which is
 * therefore the state dict's order. All images are NHWC.
 */
export interface Net<T> {
  /** Returns the same net with `scope` as a prefix of every name. */
  at(scope: string): Net<T>;
  /**
   * Runs `body` as a named part of the network, with the net at `scope`. Interpreters may free intermediate results and
   * record
   * the part's result under its name.
   */
  within(scope: string, x: T, body: (net: Net<T>, x: T) => T): T;
  /** [batch, height, width, channels] or [batch, features]; the batch may be unknown (NaN). */
  shape(x: T): readonly number[];

  /** x [batch, height, width, channels] → [batch, height′, width′, filters] */
  conv(name: string, x: T, options: ConvOptions): T;
  /**
   * x [batch, height, width, channels] → [batch, height′, width′, filters]; filters is a multiple of the channels, each of
   * which feeds the same number of adjacent filters.
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
   * softmax(q·kᵀ/√headDim + bias[i − j])·v. CoAtNet, arXiv:2106.04803, §2.1; a bias from an MLP as in Swin V2,
   * arXiv:2111.09883, §3.3.
   * @param qkv [batch, height, width, heads·3·headDim]: per head its query, key and value
   * @returns [batch, height, width, heads·headDim]
   */
  relativeAttention(name: string, qkv: T, options: RelativeAttentionOptions): T;

  /**
   * Multiplies each channel of an image by a gate in (0, 1) that two 1×1 convolutions compute from all channels' means, with
   * `width` channels in between. Squeeze-excitation, arXiv:1709.01507.
   * @param names names of the two convolutions
   */
  squeezeExcite(
    names: readonly [reduce: string, expand: string],
    x: T,
    options: SqueezeExciteOptions,
  ): T;

  /** Multiplies each channel by a learned factor, initially `start`. LayerScale, arXiv:2103.17239. */
  layerScale(name: string, x: T, options: { start: number }): T;

  activation(x: T, kind: Activation): T;
  /**
   * 3×3, stride 2, one pixel of padding: [batch, height, width, channels], both sides even →
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
   * Stochastic depth, in training: zeroes all values of an image with a probability of `depth` times the drop path rate, and
   * scales the others to keep the expectation.
   * @param depth relative depth of the block in the network, in [0, 1]
   */
  dropPath(x: T, depth: number): T;
}
