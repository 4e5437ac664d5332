import { tensorFlowShape, toTensorFlow } from '../../weights/layout';
import type {
  BatchNorm,
  Constant,
  GraphNode,
  LayerNorm,
  LayerScale,
  Linear,
} from '../../interpreters/trace/graph';
import type { ConvGeometry } from '../../net/operations';
import type { Layout } from '../../net/tensor-spec';
import { addActivation } from './add-activation';
import { addAttention } from './add-attention';
import { type Attribute, type Attributes, text, texts, whole, wholes } from './graph-def';
import type { GraphBuilder } from './graph-builder';

/** Translates a network's graph to the operators of TensorFlow that TensorFlow.js supports on WebGL and WebAssembly. */
export class Lowering {
  private readonly made = new Map<GraphNode, string>();

  constructor(private readonly graph: GraphBuilder) {}

  /** @param name of the images [batch, height, width, channels] */
  input(node: GraphNode, name: string): void {
    this.made.set(node, name);
  }

  /** Adds a node whose inputs have been lowered. */
  lower(node: GraphNode): void {
    this.graph.enter(node.name);
    this.made.set(node, this.make(node));
  }

  /** @returns the name of a node's value */
  name(node: GraphNode): string {
    return this.made.get(node)!;
  }

  private make(node: GraphNode): string {
    const { graph } = this;
    const { operation, shape } = node;
    const [x, other] = node.inputs.map((input) => this.name(input));
    switch (operation.kind) {
      case 'linear':
        return this.linear(node, x, operation);
      case 'batchNorm':
        return this.batchNorm(node, x, operation);
      case 'layerScale':
        return this.layerScale(node, x, operation);
      case 'layerNorm':
        return this.layerNorm(node, x, operation);
      case 'relativeAttention': {
        const [, height, width] = shape;
        return addAttention(graph, node.name, operation, x, [height, width]);
      }
      case 'activation':
        return addActivation(graph, x, operation.activation);
      case 'maxPool': {
        // TensorFlow.js only supports SAME padding in pools; a mirrored pixel never changes a maximum.
        const paddings = () => Int32Array.of(0, 0, 1, 0, 1, 0, 0, 0);
        const pads = graph.integers('max_pool.paddings', [4, 2], paddings);
        const padded = graph.add('MirrorPad', [x, pads], { mode: text('SYMMETRIC') });
        return this.pool('MaxPool', padded, 3);
      }
      case 'averagePool':
        return this.pool('AvgPool', x, 2);
      case 'globalPool':
        return this.mean(x, [1, 2]);
      case 'flatten':
        return graph.reshape(x, shape.slice(1));
      case 'add':
        return graph.add('AddV2', [x, other]);
      case 'multiply':
        return graph.add('Mul', [x, other]);
      case 'input':
        throw new TypeError(`"${node.name}" is an input and cannot be computed.`);
    }
  }

  private linear({ name, inputs }: GraphNode, x: string, linear: Linear): string {
    const { weight, bias, geometry, groups } = linear;
    const arguments_ = bias ? [this.graph.floats(`${name}.bias`, bias)] : [];
    const fusion: Attributes = bias ? { num_args: whole(1), fused_ops: texts(['BiasAdd']) } : {};
    const add = (plain: string, fused: string, factors: Constant, attributes: Attributes = {}) => {
      const all = [x, this.graph.floats(`${name}.weight`, factors), ...arguments_];
      return this.graph.add(bias ? fused : plain, all, { ...attributes, ...fusion });
    };
    if (weight.shape.length === 2) return add('MatMul', '_FusedMatMul', inLayout(weight, 'dense'));
    if (groups === 1) {
      return add('Conv2D', '_FusedConv2D', inLayout(weight, 'conv'), windowOf(geometry));
    }
    const channels = inputs[0].shape.at(-1)!;
    const { shape, values } = inLayout(weight, 'depthwise');
    const [height, width, filters] = shape;
    const perChannel = { shape: [height, width, channels, filters / channels], values };
    return add(
      'DepthwiseConv2dNative',
      'FusedDepthwiseConv2dNative',
      perChannel,
      windowOf(geometry),
    );
  }

  private batchNorm({ name }: GraphNode, x: string, { parameters, epsilon }: BatchNorm): string {
    const { graph } = this;
    const inputs = [
      x,
      graph.floats(`${name}.weight`, parameters.scale),
      graph.floats(`${name}.bias`, parameters.offset),
      graph.floats(`${name}.running_mean`, parameters.mean),
      graph.floats(`${name}.running_var`, parameters.variance),
    ];
    return graph.add('FusedBatchNormV3', inputs, {
      U: { type: 'DT_FLOAT' },
      epsilon: { f: epsilon },
      data_format: text('NHWC'),
      is_training: { b: false },
    });
  }

  private layerScale({ name }: GraphNode, x: string, { factors }: LayerScale): string {
    return this.graph.add('Mul', [x, this.graph.floats(`${name}.gamma`, factors)]);
  }

  private layerNorm(node: GraphNode, x: string, { scale, offset, epsilon }: LayerNorm): string {
    const { graph } = this;
    const { name, shape } = node;
    const axes = [shape.length - 1];
    const mean = this.mean(x, axes);
    const variance = this.mean(graph.add('SquaredDifference', [x, mean]), axes);
    const inverse = graph.add('Rsqrt', [graph.add('AddV2', [variance, graph.scalar(epsilon)])]);
    const normal = graph.add('Mul', [graph.add('Sub', [x, mean]), inverse]);
    const scaled = graph.add('Mul', [normal, graph.floats(`${name}.weight`, scale)]);
    return graph.add('AddV2', [scaled, graph.floats(`${name}.bias`, offset)]);
  }

  /** Adds a mean that keeps the axes. */
  private mean(x: string, axes: readonly number[]): string {
    return this.graph.add('Mean', [x, this.graph.list(axes)], { keep_dims: { b: true } });
  }

  private pool(operator: string, x: string, side: number): string {
    return this.graph.add(operator, [x], {
      ksize: wholes([1, side, side, 1]),
      strides: wholes([1, 2, 2, 1]),
      padding: text('VALID'),
      data_format: text('NHWC'),
    });
  }
}

/** Converts a weight from PyTorch's layout to TensorFlow's. */
function inLayout({ shape, values }: Constant, layout: Layout): Constant {
  return {
    shape: tensorFlowShape({ layout, shape }),
    values: async () => toTensorFlow({ layout, shape }, await values()),
  };
}

function windowOf({ kernel, stride, padding }: ConvGeometry): Record<string, Attribute> {
  const attributes = {
    strides: wholes([1, stride, stride, 1]),
    dilations: wholes([1, 1, 1, 1]),
    data_format: text('NHWC'),
  };
  if (padding === 'same' || kernel === 1) return { ...attributes, padding: text('SAME') };
  const side = (kernel - 1) / 2;
  const pads = wholes([0, 0, side, side, side, side, 0, 0]);
  return { ...attributes, padding: text('EXPLICIT'), explicit_paddings: pads };
}
