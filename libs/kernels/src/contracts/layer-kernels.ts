/** Arguments of a kernel: tensors by name, and attributes. */
interface Contract<Inputs extends string, Attributes = Record<never, never>> {
  inputs: Inputs;
  attributes: Attributes;
}

/** Activations that a fused batch norm applies. */
export type FusedActivation = 'none' | 'silu' | 'gelu';

/** Attributes of batch norm kernels. */
interface BatchNormAttributes {
  epsilon: number;
  activation: FusedActivation;
}

interface AttentionAttributes {
  heads: number;
  headDim: number;
}

interface SqueezeExciteAttributes {
  activation: 'silu' | 'relu';
}

/**
 * Kernels that an engine may register in TensorFlow.js's kernel registry for its backend. If the current backend has one,
 * the network's operation of the same meaning runs it; otherwise the operation is composed of plain TensorFlow.js
 * operations with the same result. A forward kernel and its gradient kernel must be registered together.
 *
 * All tensors are float32. `channels` is the last axis; `…` is any number of leading axes; count is the number of
 * positions (all axes but the last). Sums over count run in at least the precision that keeps means within 1e-6
 * of a float64 computation (pairwise or wider accumulators); variances are of the centred values, never E[x²]−E[x]².
 *
 * | kernel | inputs | attrs | outputs |
 * |---|---|---|---|
 * | `BatchNormTraining` | x […, channels], scale, offset [channels] | epsilon, activation | y like x, mean, variance
 * [channels] |
 * | `BatchNormTrainingGrad` | dy, x […, channels], mean, variance, scale, offset [channels] | epsilon, activation | dx like
 * x, dscale, doffset [channels] |
 * | `BatchNormInference` | x […, channels], mean, variance, scale, offset [channels] | epsilon, activation | y like x |
 * | `Silu` | x | – | y = x·σ(x) |
 * | `SiluGrad` | dy, x | – | dx |
 * | `Gelu` | x | – | y = x·Φ(x), by erf, no tanh approximation |
 * | `GeluGrad` | dy, x | – | dx |
 * | `LayerNorm` | x […, channels], scale, offset [channels] | epsilon | y like x, mean, rstd […, 1] flattened to [count] |
 * | `LayerNormGrad` | dy, x […, channels], mean, rstd [count], scale [channels] | – | dx like x, dscale, doffset [channels] |
 * | `RelativeAttention` | qkv [batch, height, width, heads·3·headDim], bias [1, heads, positions, positions] | heads, headDim
 * | y [batch, height, width, heads·headDim] |
 * | `RelativeAttentionGrad` | dy, qkv, bias | heads, headDim | dqkv, dbias |
 * | `SqueezeExcite` | x [batch, height, width, channels], reduce [1, 1, channels, width], reduceBias [width], expand [1, 1,
 * width, channels], expandBias [channels] | activation | y like x, mean [batch, channels], hidden [batch, width], gate
 * [batch, channels] |
 * | `SqueezeExciteGrad` | dy, x, mean, hidden, gate, reduce, expand | activation | dx like x, dreduce, dreduceBias, dexpand,
 * dexpandBias |
 * | `MovingAverage` | average, value, of one shape | momentum, factor | average·(1−momentum) + value·factor·momentum |
 *
 * - `activation` of a batch norm: 'none' | 'silu' | 'gelu', applied after scale and offset.
 * - `BatchNormTraining` normalises with the mean and the biased variance of all positions: y =
 * act((x−mean)/√(variance+epsilon)·scale+offset).
 * - `BatchNormTrainingGrad` differentiates through mean and variance; it recomputes the activation's input from x.
 * - `BatchNormInference` has no gradient kernel, as it only runs when nothing is differentiated.
 * - `SqueezeExcite`: hidden = mean·reduce + reduceBias; gate = σ(act(hidden)·expand + expandBias); y = x·gate; `activation`:
 * 'silu' | 'relu'.
 * - rstd = 1/√(biased variance + epsilon).
 */
interface LayerKernels {
  BatchNormTraining: Contract<'x' | 'scale' | 'offset', BatchNormAttributes>;
  BatchNormTrainingGrad: Contract<
    'dy' | 'x' | 'mean' | 'variance' | 'scale' | 'offset',
    BatchNormAttributes
  >;
  BatchNormInference: Contract<'x' | 'mean' | 'variance' | 'scale' | 'offset', BatchNormAttributes>;
  Silu: Contract<'x'>;
  SiluGrad: Contract<'dy' | 'x'>;
  Gelu: Contract<'x'>;
  GeluGrad: Contract<'dy' | 'x'>;
  LayerNorm: Contract<'x' | 'scale' | 'offset', { epsilon: number }>;
  LayerNormGrad: Contract<'dy' | 'x' | 'mean' | 'rstd' | 'scale'>;
  RelativeAttention: Contract<'qkv' | 'bias', AttentionAttributes>;
  RelativeAttentionGrad: Contract<'dy' | 'qkv' | 'bias', AttentionAttributes>;
  SqueezeExcite: Contract<
    'x' | 'reduce' | 'reduceBias' | 'expand' | 'expandBias',
    SqueezeExciteAttributes
  >;
  SqueezeExciteGrad: Contract<
    'dy' | 'x' | 'mean' | 'hidden' | 'gate' | 'reduce' | 'expand',
    SqueezeExciteAttributes
  >;
  MovingAverage: Contract<'average' | 'value', { momentum: number; factor: number }>;
}

export type LayerKernel = keyof LayerKernels;
export type LayerInputs<Kernel extends LayerKernel> = LayerKernels[Kernel]['inputs'];
export type LayerAttributes<Kernel extends LayerKernel> = LayerKernels[Kernel]['attributes'];

export const layerKernels = {
  batchNormTraining: 'BatchNormTraining',
  batchNormTrainingGrad: 'BatchNormTrainingGrad',
  batchNormInference: 'BatchNormInference',
  silu: 'Silu',
  siluGrad: 'SiluGrad',
  gelu: 'Gelu',
  geluGrad: 'GeluGrad',
  layerNorm: 'LayerNorm',
  layerNormGrad: 'LayerNormGrad',
  relativeAttention: 'RelativeAttention',
  relativeAttentionGrad: 'RelativeAttentionGrad',
  squeezeExcite: 'SqueezeExcite',
  squeezeExciteGrad: 'SqueezeExciteGrad',
  movingAverage: 'MovingAverage',
} as const satisfies Record<string, LayerKernel>;
