import type { Activation } from '../../net/net';
import type { ConvGeometry } from '../../net/operations';
import { transposed } from '../../interpreters/trace/constant-values';
import type {
  BatchNorm,
  Constant,
  GraphNode,
  LayerNorm,
  LayerScale,
  Linear,
} from '../../interpreters/trace/graph';
import { emitActivation } from './emit-activation';
import { emitAttention } from './emit-attention';
import type { Emitter } from './emitter';

/**
 * Memory layout of a value:
 * - `image` [batch, channels, height, width], for convolutions and pools;
 * - `tokens` [batch, height·width, channels], for layer norms and attention;
 * - `features` [batch, channels].
 */
type Layout = 'image' | 'tokens' | 'features';

/** A value of the ONNX graph. */
interface Made {
  layout: Layout;
  name: string;
}

/**
 * Translates a network's graph to ONNX's operators. Each value has the layout of its operator, and is converted once if
 * another is needed.
 */
export class Lowering {
  /** The layouts that exist of each value, the original first. */
  private readonly made = new Map<GraphNode, Made[]>();

  constructor(private readonly emitter: Emitter) {}

  /** @param name of the images [batch, channels, height, width] */
  input(node: GraphNode, name: string): void {
    this.made.set(node, [{ layout: 'image', name }]);
  }

  /** Emits a node whose inputs have been lowered. */
  lower(node: GraphNode): void {
    this.emitter.enter(node.name);
    this.made.set(node, [this.make(node)]);
  }

  /** @returns the name of a value [batch, features] */
  features(node: GraphNode): string {
    return this.value(node, 'features');
  }

  private make(node: GraphNode): Made {
    const { operation, inputs } = node;
    const [x, gate] = inputs;
    switch (operation.kind) {
      case 'linear':
        return this.linear(node, operation);
      case 'batchNorm':
        return this.batchNorm(node, operation);
      case 'layerScale':
        return this.layerScale(node, operation);
      case 'layerNorm':
        return this.layerNorm(node, operation);
      case 'relativeAttention': {
        const [, height, width] = x.shape;
        const qkv = this.value(x, 'tokens');
        const name = emitAttention(this.emitter, node.name, operation, qkv, [height, width]);
        return { layout: 'tokens', name };
      }
      case 'activation':
        return this.activation(x, operation.activation);
      case 'maxPool':
        return this.pool('MaxPool', x, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      case 'averagePool':
        return this.pool('AveragePool', x, { kernel_shape: [2, 2] });
      case 'globalPool':
        return this.globalPool(x);
      case 'flatten': {
        const { layout, name } = this.first(x);
        const axis = layout === 'image' ? 1 : 2;
        return { layout: 'features', name: this.emitter.emit('Flatten', [name], { axis }) };
      }
      case 'add': {
        const images = inputs.every((input) => this.first(input).layout === 'image');
        return this.binary('Add', inputs, images ? 'image' : 'tokens');
      }
      case 'multiply':
        return this.binary('Mul', [x, gate], this.first(x).layout);
      case 'input':
        throw new TypeError(`"${node.name}" is an input and cannot be computed.`);
    }
  }

  private linear(node: GraphNode, { weight, bias, geometry, groups }: Linear): Made {
    const { emitter } = this;
    const [x] = node.inputs;
    const constants = (weight: Constant) => [
      emitter.constants.floats(`${node.name}.weight`, weight),
      ...(bias ? [emitter.constants.floats(`${node.name}.bias`, bias)] : []),
    ];
    if (weight.shape.length === 2) {
      const inputs = [this.value(x, 'features'), ...constants(weight)];
      return { layout: 'features', name: emitter.emit('Gemm', inputs, { transB: 1 }) };
    }
    const pointwise = geometry.kernel === 1 && geometry.stride === 1 && groups === 1;
    if (pointwise && this.made.get(x)!.some(({ layout }) => layout === 'tokens')) {
      const [factors, offset] = constants(transposed(weight));
      const product = emitter.emit('MatMul', [this.value(x, 'tokens'), factors]);
      const name = offset ? emitter.emit('Add', [product, offset]) : product;
      return { layout: 'tokens', name };
    }
    const { kernel, stride } = geometry;
    const attributes = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: padsOf(geometry, x.shape),
      group: groups,
    };
    const inputs = [this.value(x, 'image'), ...constants(weight)];
    return { layout: 'image', name: emitter.emit('Conv', inputs, attributes) };
  }

  private batchNorm(node: GraphNode, { parameters, epsilon }: BatchNorm): Made {
    const { constants } = this.emitter;
    const { scale, offset, mean, variance } = parameters;
    const inputs = [
      this.value(node.inputs[0], 'image'),
      constants.floats(`${node.name}.weight`, scale),
      constants.floats(`${node.name}.bias`, offset),
      constants.floats(`${node.name}.running_mean`, mean),
      constants.floats(`${node.name}.running_var`, variance),
    ];
    const attributes = { epsilon: { float: epsilon } };
    return { layout: 'image', name: this.emitter.emit('BatchNormalization', inputs, attributes) };
  }

  private layerScale(node: GraphNode, { factors }: LayerScale): Made {
    const { layout, name } = this.first(node.inputs[0]);
    const shape = layout === 'image' ? [...factors.shape, 1, 1] : factors.shape;
    const gamma = this.emitter.constants.floats(`${node.name}.gamma`, { ...factors, shape });
    return { layout, name: this.emitter.emit('Mul', [name, gamma]) };
  }

  private layerNorm(node: GraphNode, { scale, offset, epsilon }: LayerNorm): Made {
    const { constants } = this.emitter;
    const [x] = node.inputs;
    const layout = x.shape.length === 2 ? 'features' : 'tokens';
    const inputs = [
      this.value(x, layout),
      constants.floats(`${node.name}.weight`, scale),
      constants.floats(`${node.name}.bias`, offset),
    ];
    const attributes = { axis: -1, epsilon: { float: epsilon } };
    return { layout, name: this.emitter.emit('LayerNormalization', inputs, attributes) };
  }

  private activation(x: GraphNode, kind: Activation): Made {
    const { layout, name } = this.first(x);
    return { layout, name: emitActivation(this.emitter, name, kind) };
  }

  private pool(
    operator: string,
    x: GraphNode,
    window: { kernel_shape: number[]; pads?: number[] },
  ): Made {
    const attributes = { ...window, strides: [2, 2] };
    return {
      layout: 'image',
      name: this.emitter.emit(operator, [this.value(x, 'image')], attributes),
    };
  }

  private globalPool(x: GraphNode): Made {
    const { layout, name } = this.first(x);
    if (layout === 'image') {
      return { layout, name: this.emitter.emit('GlobalAveragePool', [name]) };
    }
    return { layout, name: this.emitter.emit('ReduceMean', [name], { axes: [1], keepdims: 1 }) };
  }

  private binary(operator: 'Add' | 'Mul', inputs: GraphNode[], layout: Layout): Made {
    const names = inputs.map((input) => this.value(input, layout));
    return { layout, name: this.emitter.emit(operator, names) };
  }

  private first(node: GraphNode): Made {
    return this.made.get(node)![0];
  }

  /** Returns the name of a value in a layout, converting it if necessary. */
  private value(node: GraphNode, layout: Layout): string {
    const all = this.made.get(node)!;
    const found = all.find((made) => made.layout === layout);
    if (found) return found.name;
    const name = this.convert(node, this.first(node), layout);
    all.push({ layout, name });
    return name;
  }

  private convert({ name: scope, shape }: GraphNode, { layout, name }: Made, to: Layout): string {
    const { emitter } = this;
    const [, height, width, channels] = shape;
    if (layout === 'image' && to === 'tokens') {
      if (height * width === 1) return emitter.reshape(name, [0, 1, channels]);
      const rows = emitter.reshape(name, [0, channels, height * width]);
      return emitter.emit('Transpose', [rows], { perm: [0, 2, 1] });
    }
    if (layout === 'tokens' && to === 'image') {
      if (height * width === 1) return emitter.reshape(name, [0, channels, 1, 1]);
      const rows = emitter.emit('Transpose', [name], { perm: [0, 2, 1] });
      return emitter.reshape(rows, [0, channels, height, width]);
    }
    throw new TypeError(`"${scope}" [${shape.join(', ')}] cannot be converted to ${to}.`);
  }
}

/** Returns the padding in pixels: [top, left, bottom, right]. */
function padsOf({ kernel, stride, padding }: ConvGeometry, [, ...sides]: readonly number[]) {
  const pads = sides.slice(0, 2).map((side) => {
    if (padding === 'symmetric') return [(kernel - 1) / 2, (kernel - 1) / 2];
    const all = Math.max((Math.ceil(side / stride) - 1) * stride + kernel - side, 0);
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  });
  return [pads[0][0], pads[1][0], pads[0][1], pads[1][1]];
}
