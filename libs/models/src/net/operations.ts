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

/**
 * What one reading of an architecture does: T flows, P stands for a parameter. Names, shapes and starts of parameters
 * are settled before an operation is called, so no reading repeats them. Shapes as in Net.
 */
export interface Operations<T, P> {
  parameter(spec: TensorSpec): P;
  /** Runs a named part of the network. */
  region(name: string, body: () => T): T;
  shape(x: T): readonly number[];

  conv(x: T, weight: P, bias: P | undefined, geometry: ConvGeometry): T;
  depthwiseConv(x: T, weight: P, bias: P | undefined, geometry: ConvGeometry): T;
  batchNorm(x: T, parameters: BatchNormParameters<P>, options: BatchNormOptions): T;
  layerNorm(x: T, scale: P, offset: P, options: { epsilon: number }): T;
  dense(x: T, weight: P, bias: P): T;
  relativeAttention(qkv: T, table: P, options: { heads: number; headDim: number }): T;

  activation(x: T, kind: Activation): T;
  averagePool(x: T): T;
  globalPool(x: T): T;
  flatten(x: T): T;
  add(a: T, b: T): T;
  multiply(x: T, gate: T): T;
  /** `key` tells one place in the network from another, for its random numbers. */
  dropout(x: T, key: string): T;
  dropPath(x: T, depth: number, key: string): T;
}
