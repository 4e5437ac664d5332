import * as tf from '@tensorflow/tfjs-core';
import type { Architecture } from '../architectures/architecture';
import { checkImageSize } from '../architectures/catalogue';
import { cost } from '../interpreters/cost/cost';
import { ImageSizeError } from '../errors';
import { ScopedNet } from '../net/scoped-net';
import type { TensorSpec } from '../net/tensor-spec';
import { offTape } from '../interpreters/tensorflow/ops/off-tape';
import { matchWeights } from '../weights/match-weights';
import { readFitting } from '../weights/read-fitting';
import type { WeightsSource, WeightsTensor } from '../weights/weights-source';
import { initialize } from './initialize';
import { tensorFlowShape, toTensorFlow, toTorch } from '../weights/layout';
import {
  inference,
  type Reading,
  TensorFlowOperations,
} from '../interpreters/tensorflow/tensorflow-operations';

/** One tensor of a classifier with its values, in TensorFlow's layout. */
export interface Parameter {
  spec: TensorSpec;
  variable: tf.Variable;
}

/** How a training step runs the network. */
export interface TrainingMode {
  /** Whether the backbone's batch norms use running statistics, without stochastic depth and without gradients. */
  frozenBackbone: boolean;
  /** Dropout before the head, in [0, 1). */
  dropRate: number;
  /** Stochastic depth of the deepest block, in [0, 1). */
  dropPathRate: number;
  /** Seed of this step's dropout and stochastic depth. */
  seed: number;
}

/** An architecture with weights, run and trained by TensorFlow.js on the current backend. */
export class Classifier {
  /** Trained tensors, in state-dict order. */
  readonly parameters: readonly Parameter[];
  /** Running means and variances, in state-dict order. */
  readonly statistics: readonly Parameter[];
  readonly classes: number;
  /** Side of the input images, in pixels. Fixed if position tables depend on it. */
  readonly imageSize: number;

  private readonly specs: readonly TensorSpec[];
  private readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Number of batches in the running statistics, by the name of PyTorch's counter. */
  private readonly counters: Map<string, bigint>;

  /**
   * Initialises random weights, the same for the same seed.
   * @param options blank: initialises zeros instead, which is fast, if all weights will be loaded
   * @throws ImageSizeError when the network does not accept images of this size
   */
  constructor(
    readonly architecture: Architecture,
    {
      classes,
      imageSize,
      seed = 0,
      blank = false,
    }: { classes: number; imageSize: number; seed?: number; blank?: boolean },
  ) {
    this.classes = classes;
    this.imageSize = imageSize;
    this.specs = cost(architecture, { imageSize, classes }).tensors;
    const all = this.specs
      .filter(({ role }) => role !== 'counter')
      .map((spec) => ({ spec, variable: variableOf(spec, blank ? undefined : seed) }));
    this.parameters = all.filter(({ spec }) => spec.role === 'parameter');
    this.statistics = all.filter(({ spec }) => spec.role === 'statistic');
    const counters = this.specs.filter(({ role }) => role === 'counter');
    this.counters = new Map(counters.map(({ name }) => [name, 0n]));
    this.variables = new Map(all.map(({ spec, variable }) => [spec.name, variable]));
  }

  /**
   * Runs the network with running statistics and without dropout.
   * @param images [batch, height, width, 3], normalised
   * @param onRegion called with the result of every named part of the network
   * @returns logits [batch, classes]
   * @throws ImageSizeError when position tables are for images of another size
   */
  predict(images: tf.Tensor4D, onRegion?: Reading['onRegion']): tf.Tensor2D {
    this.checkImages(images);
    return this.run(images, { ...inference, onRegion });
  }

  /**
   * Like `predict`, but also returns the features that the head receives.
   * @returns logits [batch, classes], features [batch, features]
   * @throws ImageSizeError when position tables are for images of another size
   */
  predictWithFeatures(images: tf.Tensor4D): { logits: tf.Tensor2D; features: tf.Tensor2D } {
    const { architecture, classes } = this;
    this.checkImages(images);
    return tf.tidy(() => {
      const net = this.net(inference);
      const features = architecture.features<tf.Tensor>(net, images) as tf.Tensor2D;
      return { features, logits: architecture.head(net, features, { classes }) as tf.Tensor2D };
    });
  }

  /**
   * As `predict`, up to what the head is given.
   * @returns features [batch, features]
   * @throws ImageSizeError when position tables are for images of another size
   */
  features(images: tf.Tensor4D): tf.Tensor2D {
    this.checkImages(images);
    return tf.tidy(
      () => this.architecture.features<tf.Tensor>(this.net(inference), images) as tf.Tensor2D,
    );
  }

  /** How many features the head is given. */
  get featureCount(): number {
    return this.headLayer().weight.spec.shape[1]!;
  }

  /**
   * Replaces the head: logits are weights · features + bias.
   * @param weights [classes, features]
   * @param bias [classes]
   */
  setHead(weights: Float32Array, bias: Float32Array): void {
    const layer = this.headLayer();
    tf.tidy(() => {
      layer.weight.variable.assign(tensorOf(layer.weight.spec, weights));
      layer.bias.variable.assign(tensorOf(layer.bias.spec, bias));
    });
  }

  /**
   * Runs the network in training; call it inside tf.variableGrads. Updates the running statistics unless the backbone is
   * frozen. Images may be of any size that the architecture can look at: position tables are resized to them, and learn
   * through that.
   * @param images [batch, height, width, 3], normalised
   * @returns logits [batch, classes]
   * @throws ImageSizeError when the network cannot look at images of this size
   */
  forward(images: tf.Tensor4D, { frozenBackbone, ...mode }: TrainingMode): tf.Tensor2D {
    const { architecture } = this;
    for (const side of images.shape.slice(1, 3)) checkImageSize(architecture, side);
    if (!frozenBackbone) {
      for (const [name, count] of this.counters) this.counters.set(name, count + 1n);
      return this.run(images, { ...mode, batchStatistics: true });
    }
    return tf.tidy(() => {
      const backbone = this.net(inference);
      const features = offTape(images, (x) => architecture.features(backbone, x));
      const head = this.net({ ...inference, ...mode });
      return architecture.head(head, features, { classes: this.classes }) as tf.Tensor2D;
    });
  }

  /**
   * Loads weights, one tensor at a time; position tables of another image size are resized. Counters that the source lacks
   * start at 0.
   * @param options replaceHead: ignores the source's head and keeps the existing one
   * @throws WeightsMismatchError naming all missing, extra and misshaped tensors, without changing anything
   */
  async load(source: WeightsSource, { replaceHead }: { replaceHead: boolean }): Promise<void> {
    matchWeights(this.specs, source, { ignoreHead: replaceHead });
    for (const { spec, variable } of [...this.parameters, ...this.statistics]) {
      if (replaceHead && spec.head) continue;
      const values = await readFitting(source, spec);
      tf.tidy(() => variable.assign(tensorOf(spec, values)));
    }
    for (const name of this.counters.keys()) {
      const count = source.tensors.has(name) ? (await source.read(name))[0]! : 0;
      this.counters.set(name, Number.isInteger(count) ? BigInt(count) : 0n);
    }
  }

  /** Raises counters to at least this number of batches. */
  countAtLeast(batches: number): void {
    for (const [name, count] of this.counters) {
      if (count < batches) this.counters.set(name, BigInt(batches));
    }
  }

  /** Remembers all tensors and counters. Returns a function that puts them back, to the bit; it is to be called once. */
  snapshot(): () => void {
    const tensors = [...this.variables.values()].map((variable) => tf.clone(variable));
    const counters = [...this.counters];
    return () => {
      [...this.variables.values()].forEach((variable, index) => variable.assign(tensors[index]!));
      tf.dispose(tensors);
      for (const [name, count] of counters) this.counters.set(name, count);
    };
  }

  /** Returns all tensors in state-dict order; each is read from the engine when its data is requested. */
  save(): WeightsTensor[] {
    return this.specs.map((spec) => {
      const { name, shape } = spec;
      const variable = this.variables.get(name);
      if (!variable) {
        return {
          name,
          shape,
          dtype: 'I64',
          data: async () => BigInt64Array.of(this.counters.get(name)!),
        };
      }
      const data = async () => toTorch(spec, (await variable.data()) as Float32Array);
      return { name, shape, dtype: 'F32', data };
    });
  }

  /** Frees all its tensors. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
  }

  private run(images: tf.Tensor4D, reading: Reading): tf.Tensor2D {
    const { architecture, classes } = this;
    return tf.tidy(
      () => architecture.forward<tf.Tensor>(this.net(reading), images, { classes }) as tf.Tensor2D,
    );
  }

  private checkImages({ shape: [, height, width] }: tf.Tensor4D): void {
    const { architecture, imageSize, specs } = this;
    if (height === imageSize && width === imageSize) return;
    if (!specs.some(({ grid }) => grid)) {
      checkImageSize(architecture, height);
      checkImageSize(architecture, width);
      return;
    }
    throw new ImageSizeError(
      height,
      `This ${architecture.title} takes ${imageSize}×${imageSize} pixels, not ${height}×${width}.`,
    );
  }

  /** The head of every architecture is one dense layer; norms and layers before it belong to its features. */
  private headLayer(): { weight: Parameter; bias: Parameter } {
    const [weight, bias, ...others] = this.parameters.filter(({ spec }) => spec.head);
    if (!weight || !bias || others.length > 0 || weight.spec.layout !== 'dense') {
      throw new TypeError(`The head of ${this.architecture.name} is not one dense layer.`);
    }
    return { weight, bias };
  }

  private net(reading: Reading): ScopedNet<tf.Tensor, tf.Variable> {
    const operations = new TensorFlowOperations(this.variables, reading);
    return new ScopedNet(operations, this.architecture.headScope);
  }
}

function tensorOf(spec: TensorSpec, values: Float32Array): tf.Tensor {
  return tf.tensor(toTensorFlow(spec, values), tensorFlowShape(spec), 'float32');
}

/** @param seed seed of the random values; undefined means zeros */
function variableOf(spec: TensorSpec, seed: number | undefined): tf.Variable {
  return tf.tidy(() => {
    const start =
      seed === undefined ? tf.zeros(tensorFlowShape(spec)) : tensorOf(spec, initialize(spec, seed));
    return tf.variable(start, spec.role === 'parameter');
  });
}
