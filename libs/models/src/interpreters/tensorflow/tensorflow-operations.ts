import { layerKernels } from '@coatrack/kernels/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { Activation, BatchNormOptions } from '../../net/net';
import type {
  BatchNormParameters,
  ConvGeometry,
  Operations,
  RelativeBias,
  SqueezeExciteParameters,
} from '../../net/operations';
import { relativeLogDistances } from '../../net/relative-log-distances';
import type { TensorSpec } from '../../net/tensor-spec';
import { activate } from './ops/activation';
import { batchNormInference, batchNormTraining } from './ops/batch-norm';
import { hasKernel, runKernel } from './ops/run-kernel';
import { layerNorm } from './ops/layer-norm';
import { matMul } from './ops/mat-mul';
import { maxPool } from './ops/max-pool';
import { relativeAttention } from './ops/relative-attention';
import { squeezeExcite } from './ops/squeeze-excite';
import { tableForGrid } from './ops/table-for-grid';

/** Options of a run of the network. */
export interface Reading {
  /** Whether batch norms use the batch's statistics and update the running ones. */
  batchStatistics: boolean;
  /** Dropout before the head, in [0, 1). */
  dropRate: number;
  /** Stochastic depth of the deepest block, in [0, 1). */
  dropPathRate: number;
  seed: number;
  /** Called with the result of every named part. */
  onRegion?: (name: string, result: tf.Tensor) => void;
}

export const inference: Reading = {
  batchStatistics: false,
  dropRate: 0,
  dropPathRate: 0,
  seed: 0,
};

/** Weight of the batch in running statistics, as in PyTorch. */
const statisticsMomentum = 0.1;

/** Computes with TensorFlow.js in NHWC. */
export class TensorFlowOperations implements Operations<tf.Tensor, tf.Variable> {
  /** @param variables weights by name, in TensorFlow's layout */
  constructor(
    private readonly variables: ReadonlyMap<string, tf.Variable>,
    private readonly reading: Reading,
  ) {}

  parameter({ name }: TensorSpec): tf.Variable {
    return this.variables.get(name)!;
  }

  region(name: string, body: () => tf.Tensor): tf.Tensor {
    const result = tf.tidy(body);
    this.reading.onRegion?.(name, result);
    return result;
  }

  shape(x: tf.Tensor): readonly number[] {
    return x.shape;
  }

  conv(x: tf.Tensor, weight: tf.Variable, bias: tf.Variable | undefined, geometry: ConvGeometry) {
    const filter = weight as tf.Tensor as tf.Tensor4D;
    const y = tf.conv2d(x as tf.Tensor4D, filter, geometry.stride, padOf(geometry));
    return bias ? tf.add(y, bias) : y;
  }

  depthwiseConv(
    x: tf.Tensor,
    weight: tf.Variable,
    bias: tf.Variable | undefined,
    geometry: ConvGeometry,
  ) {
    const filter = weight as tf.Tensor as tf.Tensor4D;
    const each = repeatChannels(x as tf.Tensor4D, filter.shape[2]);
    const y = tf.depthwiseConv2d(each, filter, geometry.stride, padOf(geometry));
    return bias ? tf.add(y, bias) : y;
  }

  batchNorm(
    x: tf.Tensor,
    parameters: BatchNormParameters<tf.Variable>,
    options: BatchNormOptions,
  ): tf.Tensor {
    if (!this.reading.batchStatistics) return batchNormInference(x, parameters, options);
    const { scale, offset, mean, variance } = parameters;
    const count = x.size / x.shape.at(-1)!;
    // Running variances are unbiased; a single value has no unbiased variance.
    const unbias = count / Math.max(count - 1, 1);
    return batchNormTraining(x, scale, offset, options, (batchMean, batchVariance) => {
      tf.tidy(() => {
        move(mean, batchMean, 1);
        move(variance, batchVariance, unbias);
      });
    });
  }

  layerNorm(x: tf.Tensor, scale: tf.Variable, offset: tf.Variable, options: { epsilon: number }) {
    return layerNorm(x, scale, offset, options);
  }

  dense(x: tf.Tensor, weight: tf.Variable, bias: tf.Variable): tf.Tensor {
    return tf.add(matMul(x, weight), bias);
  }

  relativeAttention(
    qkv: tf.Tensor,
    bias: RelativeBias<tf.Variable>,
    options: { heads: number; headDim: number },
  ): tf.Tensor {
    const [, height, width] = qkv.shape;
    const table = this.relativeBiasTable(bias, height, width);
    return relativeAttention(qkv as tf.Tensor4D, table, options);
  }

  squeezeExcite(
    x: tf.Tensor,
    { reduce, expand }: SqueezeExciteParameters<tf.Variable>,
    options: { activation: 'silu' | 'relu' },
  ): tf.Tensor {
    const weights = {
      reduce: reduce.weight as tf.Tensor as tf.Tensor4D,
      reduceBias: reduce.bias,
      expand: expand.weight as tf.Tensor as tf.Tensor4D,
      expandBias: expand.bias,
    };
    return squeezeExcite(x as tf.Tensor4D, weights, options);
  }

  layerScale(x: tf.Tensor, factors: tf.Variable): tf.Tensor {
    return tf.mul(x, factors);
  }

  activation(x: tf.Tensor, kind: Activation): tf.Tensor {
    return activate(x, kind);
  }

  maxPool(x: tf.Tensor): tf.Tensor {
    return maxPool(x as tf.Tensor4D);
  }

  averagePool(x: tf.Tensor): tf.Tensor {
    return tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid');
  }

  globalPool(x: tf.Tensor): tf.Tensor {
    return tf.mean(x, [1, 2], true);
  }

  flatten(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [x.shape[0], -1]);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.add(a, b);
  }

  multiply(x: tf.Tensor, gate: tf.Tensor): tf.Tensor {
    return tf.mul(x, gate);
  }

  dropout(x: tf.Tensor, key: string): tf.Tensor {
    return this.drop(x, this.reading.dropRate, x.shape, key);
  }

  dropPath(x: tf.Tensor, depth: number, key: string): tf.Tensor {
    return this.drop(x, this.reading.dropPathRate * depth, [x.shape[0], 1, 1, 1], key);
  }

  /** @returns [(2·height−1)·(2·width−1), heads] */
  private relativeBiasTable(
    bias: RelativeBias<tf.Variable>,
    height: number,
    width: number,
  ): tf.Tensor2D {
    if (bias.kind === 'table') {
      return tableForGrid(bias.table as tf.Tensor as tf.Tensor2D, height, width);
    }
    const distances = tf.tensor(relativeLogDistances(height, width), [
      (2 * height - 1) * (2 * width - 1),
      2,
    ]);
    const hidden = tf.relu(this.dense(distances, bias.hidden.weight, bias.hidden.bias));
    return this.dense(hidden, bias.output.weight, bias.output.bias) as tf.Tensor2D;
  }

  private drop(x: tf.Tensor, rate: number, noiseShape: number[], key: string): tf.Tensor {
    if (rate === 0) return x;
    return tf.dropout(x, rate, noiseShape, `${this.reading.seed}/${key}`);
  }
}

/**
 * Repeats every channel once per filter, so that engines only need depthwise convolutions with one filter per channel.
 */
function repeatChannels(x: tf.Tensor4D, filters: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (filters === channels) return x;
  const copies = tf.ones([1, filters / channels]);
  const repeated = tf.mul(tf.reshape(x, [batch * height * width * channels, 1]), copies);
  return tf.reshape(repeated, [batch, height, width, filters]);
}

function padOf({ kernel, padding }: ConvGeometry): 'same' | number {
  return padding === 'same' ? 'same' : (kernel - 1) / 2;
}

/** Moves a running statistic towards `factor` times the batch's. */
function move(average: tf.Variable, value: tf.Tensor, factor: number): void {
  const momentum = statisticsMomentum;
  if (hasKernel(layerKernels.movingAverage)) {
    const attrs = { momentum, factor };
    average.assign(runKernel(layerKernels.movingAverage, { average, value }, attrs)[0]);
    return;
  }
  average.assign(tf.add(tf.mul(average, 1 - momentum), tf.mul(value, factor * momentum)));
}
