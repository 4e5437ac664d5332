import type { Activation, BatchNormOptions, Padding } from './net';
import type { TensorSpec } from './tensor-spec';

export interface ConvGeometry {
  kernel: number;
  stride: 1 | 2;
  padding: Padding;
}

export interface BatchNormParameters<P> {
  scale: P;
  offset: P;
  mean: P;
  variance: P;
}

/** A weight [out, in] or, of a 1×1 convolution, [out, in, 1, 1], and a bias [out]. */
export interface DenseParameters<P> {
  weight: P;
  bias: P;
}

/** Squeeze-excitation's 1×1 convolutions. */
export interface SqueezeExciteParameters<P> {
  reduce: DenseParameters<P>;
  expand: DenseParameters<P>;
}

/**
 * Source of attention's bias per head and relative position:
 * - `table`: [(2·height−1)·(2·width−1), heads], row-major over (vertical, horizontal) distance, smallest first;
 * - `mlp`: a computed table: output(ReLU(hidden(relativeLogDistances(height, width)))).
 */
export type RelativeBias<P> =
  | { kind: 'table'; table: P }
  | { kind: 'mlp'; hidden: DenseParameters<P>; output: DenseParameters<P> };

/**
 * The operations of one interpreter of architectures: T is the type of values, P that of parameters. Names, shapes and
 * initializers of parameters are decided before an operation is called, so interpreters don't repeat them. Shapes as in
 * Net.
 */
export interface Operations<T, P> {
  parameter(spec: TensorSpec): P;
  /** Runs a named part of the network. */
  region(name: string, body: () => T): T;
  shape(x: T): readonly number[];

  conv(x: T, weight: P, bias: P | undefined, geometry: ConvGeometry): T;
  /** weight [filters, 1, kernel, kernel]; filters is a multiple of x's channels. */
  depthwiseConv(x: T, weight: P, bias: P | undefined, geometry: ConvGeometry): T;
  batchNorm(x: T, parameters: BatchNormParameters<P>, options: BatchNormOptions): T;
  layerNorm(x: T, scale: P, offset: P, options: { epsilon: number }): T;
  dense(x: T, weight: P, bias: P): T;
  relativeAttention(qkv: T, bias: RelativeBias<P>, options: { heads: number; headDim: number }): T;
  squeezeExcite(
    x: T,
    parameters: SqueezeExciteParameters<P>,
    options: { activation: 'silu' | 'relu' },
  ): T;
  /** x times factors [channels] */
  layerScale(x: T, factors: P): T;

  activation(x: T, kind: Activation): T;
  maxPool(x: T): T;
  averagePool(x: T): T;
  globalPool(x: T): T;
  flatten(x: T): T;
  add(a: T, b: T): T;
  /** x [batch, height, width, channels] times gate [batch, 1, 1, channels] */
  multiply(x: T, gate: T): T;
  /** `key` identifies the place in the network, for its random numbers. */
  dropout(x: T, key: string): T;
  dropPath(x: T, depth: number, key: string): T;
}
