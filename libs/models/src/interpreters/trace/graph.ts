import type { Activation } from '../../net/net';
import type { BatchNormParameters, ConvGeometry } from '../../net/operations';

/** A constant that is read or computed when its values are requested. */
export interface Constant {
  shape: readonly number[];
  /** Row-major. */
  values(): Promise<Float32Array>;
}

/** A convolution, or a dense layer as a 1×1 convolution of a single position. */
export interface Linear {
  kind: 'linear';
  /** [out, in, kernel, kernel]; depthwise: [filters, 1, kernel, kernel]; dense: [out, in]. */
  weight: Constant;
  bias?: Constant;
  geometry: ConvGeometry;
  groups: number;
}

export interface BatchNorm {
  kind: 'batchNorm';
  parameters: BatchNormParameters<Constant>;
  epsilon: number;
}

export interface LayerScale {
  kind: 'layerScale';
  factors: Constant;
}

export interface LayerNorm {
  kind: 'layerNorm';
  scale: Constant;
  offset: Constant;
  epsilon: number;
}

export interface RelativeAttention {
  kind: 'relativeAttention';
  /** [(2·height−1)·(2·width−1), heads] */
  table: Constant;
  heads: number;
  headDim: number;
}

export type Operation =
  | Linear
  | BatchNorm
  | LayerScale
  | LayerNorm
  | RelativeAttention
  | { kind: 'activation'; activation: Activation }
  | {
      kind: 'input' | 'maxPool' | 'averagePool' | 'globalPool' | 'flatten' | 'add' | 'multiply';
    };

/** One step of a network and its result. */
export interface GraphNode {
  /** Name of the layer, or of its part of the network. */
  name: string;
  /** Shape as in Net: [batch, height, width, channels] or [batch, features]. */
  shape: readonly number[];
  operation: Operation;
  inputs: GraphNode[];
}
