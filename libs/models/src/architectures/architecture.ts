import type { WeightsFormat } from '../weights/weights-source';
import type { Net } from '../net/net';

export type Family = 'efficientnetv2' | 'coatnet';

/** How to turn an encoded image into the network's input in evaluation. Part of every model version. */
export interface Preprocessing {
  /** Side of the square input, in pixels. */
  imageSize: number;
  /** Share of the resized image's side that the centre crop keeps, in (0, 1]. */
  cropPercent: number;
  /**
   * How an image is resized before the centre crop: `center`, the default, keeps its proportions; `squash` does not, so it
   * loses nothing of the longer side.
   */
  cropMode?: 'center' | 'squash';
  interpolation: 'bicubic' | 'bilinear';
  /** Per RGB channel, of pixel values scaled to [0, 1]. */
  mean: [number, number, number];
  /** Per RGB channel, of pixel values scaled to [0, 1]. */
  std: [number, number, number];
}

/** A published ImageNet-1k accuracy and its conditions. */
export interface PublishedAccuracy {
  /** In [0, 1]. */
  top1: number;
  /** Side of the images at evaluation, in pixels. */
  imageSize: number;
  /** Pretraining before ImageNet-1k; `none` means trained on ImageNet-1k only. */
  pretraining: 'none' | 'ImageNet-21k' | 'JFT-300M' | 'JFT-3B';
  /** Multiply-accumulates for one image of that size (the papers call them FLOPs), if stated. */
  macs?: number;
  note?: string;
}

/** Figures published by the paper or library that the network comes from, rounded as there. */
export interface Published {
  /** Source of the figures. */
  source: string;
  /** Number of parameters, if stated. */
  parameters?: number;
  accuracies: readonly PublishedAccuracy[];
}

/** Published weights of an architecture. */
export interface Checkpoint {
  /** The architecture's name, a dot, and a tag: `tf_efficientnetv2_s.in21k_ft_in1k`. */
  name: string;
  publisher: 'timm' | 'google' | 'keras' | 'torchvision';
  /** A repository on the Hugging Face Hub, or the URL of a file. */
  location: { hub: string } | { url: string };
  format: WeightsFormat;
  /** Number of outputs of its classifier. */
  classes: number;
  /** SPDX identifier. */
  licence: string;
  preprocessing: Preprocessing;
  /** Pretraining before the data set of its classes. */
  pretraining: 'none' | 'ImageNet-12k' | 'ImageNet-21k';
  /** Top-1 accuracy on ImageNet-1k in [0, 1], if the publisher states it for these weights. */
  publisherTop1?: number;
  /** MD5 of the file, hexadecimal, if the publisher states it. */
  md5?: string;
}

/** One network as data: every interpreter (TensorFlow.js, cost, …) runs the same two functions. */
export interface Architecture {
  /** `efficientnetv2_b0`, `coatnet_0`, …; a variant has its publisher's name: `coatnet_0_rw_224`. */
  readonly name: string;
  /** Other names, mostly timm's. */
  readonly aliases: readonly string[];
  /** Origin of the network: a paper, or a library's variant with published weights. */
  readonly source: 'paper' | 'timm' | 'torchvision';
  /** `EfficientNetV2-B0`, `CoAtNet-0`, … */
  readonly title: string;
  readonly family: Family;
  /** Tensors under this scope depend on the classes and are replaced for other classes. */
  readonly headScope: string;
  /** Image side in its publisher's training, in pixels. */
  readonly trainImageSize: number;
  /** Minimum side, and the number that every side must be a multiple of, in pixels. */
  readonly imageSizes: { readonly minimum: number; readonly multipleOf: number };
  /** Preprocessing in evaluation, for weights trained like its publisher's. */
  readonly preprocessing: Preprocessing;
  readonly published: Published;
  /** Published weights by publisher, the most accurate on ImageNet-1k first. */
  readonly checkpoints: readonly Checkpoint[];
  /** images [batch, height, width, 3] → the classifier's input [batch, features]. */
  features<T>(net: Net<T>, images: T): T;
  /** The classifier's input [batch, features] → logits [batch, classes]. */
  head<T>(net: Net<T>, features: T, options: { classes: number }): T;
  /** images [batch, height, width, 3] → logits [batch, classes]: the head of the features. */
  forward<T>(net: Net<T>, images: T, options: { classes: number }): T;
}

/** An architecture as listed by its family; `forward` is derived from its parts. */
export type ArchitectureParts = Omit<Architecture, 'forward'>;
