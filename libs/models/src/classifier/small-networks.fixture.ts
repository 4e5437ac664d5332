import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../architectures/architecture';
import { findArchitecture } from '../architectures/catalogue';
import { coAtNetFeatures } from '../architectures/coatnet/network';
import { type CoAtNetTable, paperBlocks, timmBlocks } from '../architectures/coatnet/table';
import { efficientNetV2Features } from '../architectures/efficientnetv2/network';
import { type EfficientNetV2Table, timmNames } from '../architectures/efficientnetv2/table';
import type { WeightsSource } from '../weights/weights-source';
import type { Classifier } from './classifier';

/** Makes a network with few and narrow blocks. */
function small(name: string, features: Architecture['features']): Architecture {
  const whole = findArchitecture(name);
  return {
    ...whole,
    features,
    forward: (net, images, options) => whole.head(net, features(net, images), options),
  };
}
const efficientNetTable: EfficientNetV2Table = {
  stem: 8,
  stages: [
    { block: 'conv', layers: 1, stride: 1, expandRatio: 1, channels: 8 },
    { block: 'fused-mbconv', layers: 2, stride: 2, expandRatio: 4, channels: 8 },
    { block: 'mbconv', layers: 2, stride: 2, expandRatio: 4, channels: 16 },
  ],
  head: 24,
  seRatio: 0.25,
  padding: 'same',
  epsilon: 1e-3,
  names: timmNames,
};
const coAtNetTable: CoAtNetTable = {
  ...paperBlocks,
  stem: [8, 8],
  stages: [
    { block: 'conv', layers: 1, stride: 2, channels: 8 },
    { block: 'transformer', layers: 2, stride: 2, channels: 16 },
  ],
  headDim: 8,
};
export const efficientNet = small('efficientnetv2_b0', (net, x) =>
  efficientNetV2Features(efficientNetTable, net, x),
);
export const coAtNet = small('coatnet_0', (net, x) => coAtNetFeatures(coAtNetTable, net, x));
const mlpBiasTable: CoAtNetTable = {
  ...coAtNetTable,
  ...timmBlocks,
  headDim: 8,
  transformer: { ...timmBlocks.transformer, biasUnits: 6 },
};
export const coAtNetWithMlpBias = small('coatnet_0_224', (net, x) =>
  coAtNetFeatures(mlpBiasTable, net, x),
);

export const options = { classes: 5, imageSize: 32, seed: 3 };

export function randomImages(batch: number, size = 32): tf.Tensor4D {
  return tf.randomNormal([batch, size, size, 3], 0, 1, 'float32', 11);
}

export function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

export async function sourceOf(classifier: Classifier): Promise<WeightsSource> {
  const tensors = new Map(classifier.save().map((tensor) => [tensor.name, tensor]));
  return {
    tensors,
    read: async (name) => Float32Array.from(await tensors.get(name)!.data(), Number),
  };
}
