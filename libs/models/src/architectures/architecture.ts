import type { WeightsFormat } from '../weights/weights-source';
import type { Net } from '../net/net';

export type Family = 'efficientnetv2' | 'coatnet';

/** How one encoded image becomes the network's input in evaluation. Part of every model version. */
export interface Preprocessing {
  /** Side of the square the network sees, in pixels. */
  imageSize: number;
  /** Share of the resized image's side that the centre crop keeps, in (0, 1]. */
  cropPercent: number;
  /**
   * How an image becomes the square that the centre crop is cut from: `center`, the default, keeps its proportions;
   * `squash` does not and so loses nothing of the longer side.
   */
  cropMode?: 'center' | 'squash';
  interpolation: 'bicubic' | 'bilinear';
  /** Per RGB channel, of pixel values scaled to [0, 1]. */
  mean: [number, number, number];
  /** Per RGB channel, of pixel values scaled to [0, 1]. */
  std: [number, number, number];
}

/** One ImageNet-1k accuracy as published, with the conditions it holds under. */
export interface PublishedAccuracy {
  /** In [0, 1]. */
  top1: number;
  /** Side of the images at evaluation, in pixels. */
  imageSize: number;
  /** What the network had seen before ImageNet-1k; `none` means trained on ImageNet-1k alone. */
  pretraining: 'none' | 'ImageNet-21k' | 'JFT-300M' | 'JFT-3B';
  /** Multiply-accumulates of one image at that size (the papers call them FLOPs), where printed. */
  macs?: number;
  note?: string;
}

/** What the paper, or whoever else the network is from, says of it, rounded as there. */
export interface Published {
  /** Where the figures come from. */
  source: string;
  /** Number of parameters; absent where nothing is printed. */
  parameters?: number;
  accuracies: readonly PublishedAccuracy[];
}

/** Trained weights of an architecture as somebody publishes them. */
export interface Checkpoint {
  /** An architecture's name, a dot, and what tells the weights apart: `tf_efficientnetv2_s.in21k_ft_in1k`. */
  name: string;
  publisher: 'timm' | 'google' | 'keras' | 'torchvision';
  /** A repository on the Hugging Face Hub, or the address of a file. */
  location: { hub: string } | { url: string };
  format: WeightsFormat;
  /** Outputs of its classifier. */
  classes: number;
  /** SPDX identifier. */
  licence: string;
  preprocessing: Preprocessing;
  /** What the network had seen before the data set that its classes are of. */
  pretraining: 'none' | 'ImageNet-12k' | 'ImageNet-21k';
  /** On ImageNet-1k, in [0, 1], as the publisher states it for these weights; absent where it doesn't. */
  publisherTop1?: number;
  /** Of the file, hexadecimal, where the publisher states it. */
  md5?: string;
}

/** One network as data: every reading (TensorFlow.js, cost, …) runs the same two functions. */
export interface Architecture {
  /** `efficientnetv2_b0`, `coatnet_0`, …; a variant's is its publisher's: `coatnet_0_rw_224`. */
  readonly name: string;
  /** What else it is known as, in timm above all. */
  readonly aliases: readonly string[];
  /** Whose network it is: a paper's, or the variant of a library that publishes weights for it. */
  readonly source: 'paper' | 'timm' | 'torchvision';
  /** `EfficientNetV2-B0`, `CoAtNet-0`, … */
  readonly title: string;
  readonly family: Family;
  /** Tensors under this scope depend on the classes and are replaced for other classes. */
  readonly headScope: string;
  /** Side of the images in its publisher's training, in pixels. */
  readonly trainImageSize: number;
  /** Smallest side, and what every side must be a multiple of, in pixels. */
  readonly imageSizes: { readonly minimum: number; readonly multipleOf: number };
  /** In evaluation, for weights trained as its publisher's. */
  readonly preprocessing: Preprocessing;
  readonly published: Published;
  /** By publisher; of one publisher's, the most accurate on ImageNet-1k first. */
  readonly checkpoints: readonly Checkpoint[];
  /** images [batch, height, width, 3] → the classifier's input [batch, features]. */
  features<T>(net: Net<T>, images: T): T;
  /** The classifier's input [batch, features] → logits [batch, classes]. */
  head<T>(net: Net<T>, features: T, options: { classes: number }): T;
  /** images [batch, height, width, 3] → logits [batch, classes]: the head of the features. */
  forward<T>(net: Net<T>, images: T, options: { classes: number }): T;
}

/** An architecture as a family lists it; the whole network follows from its parts. */
export type ArchitectureParts = Omit<Architecture, 'forward'>;
