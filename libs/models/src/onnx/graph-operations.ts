import type { Activation, BatchNormOptions } from '../net/net';
import type {
  BatchNormParameters,
  ConvGeometry,
  DenseParameters,
  Operations,
  RelativeBias,
} from '../net/operations';
import { relativeLogDistances } from '../net/relative-log-distances';
import type { TensorSpec } from '../net/tensor-spec';
import type { Constant, GraphNode, Linear, Operation } from './graph';

/** A parameter of the network, with the name it was declared by. */
type Parameter = Constant & { name: string };

const pointwise: ConvGeometry = { kernel: 1, stride: 1, padding: 'same' };

/** The reading that writes down what is computed, as a graph, without computing it. */
export class GraphOperations implements Operations<GraphNode, Parameter> {
  /** In the order of the calls. */
  readonly nodes: GraphNode[] = [];
  private readonly regions: string[] = [];

  constructor(private readonly read: (spec: TensorSpec) => Promise<Float32Array>) {}

  input(shape: readonly number[]): GraphNode {
    return this.record({ kind: 'input' }, [], shape, 'images');
  }

  parameter(spec: TensorSpec): Parameter {
    return { name: spec.name, shape: spec.shape, values: () => this.read(spec) };
  }

  region(name: string, body: () => GraphNode): GraphNode {
    this.regions.push(name);
    try {
      return body();
    } finally {
      this.regions.pop();
    }
  }

  shape({ shape }: GraphNode): readonly number[] {
    return shape;
  }

  conv(x: GraphNode, weight: Parameter, bias: Parameter | undefined, geometry: ConvGeometry) {
    return this.slide(x, { kind: 'linear', weight, bias, geometry, groups: 1 }, weight);
  }

  depthwiseConv(
    x: GraphNode,
    weight: Parameter,
    bias: Parameter | undefined,
    geometry: ConvGeometry,
  ) {
    const groups = x.shape.at(-1)!;
    return this.slide(x, { kind: 'linear', weight, bias, geometry, groups }, weight);
  }

  batchNorm(
    x: GraphNode,
    parameters: BatchNormParameters<Parameter>,
    { epsilon, activation }: BatchNormOptions,
  ): GraphNode {
    const name = layerOf(parameters.scale);
    const y = this.record({ kind: 'batchNorm', parameters, epsilon }, [x], x.shape, name);
    return activation === 'none' ? y : this.activation(y, activation);
  }

  layerNorm(x: GraphNode, scale: Parameter, offset: Parameter, { epsilon }: { epsilon: number }) {
    const operation = { kind: 'layerNorm', scale, offset, epsilon } as const;
    return this.record(operation, [x], x.shape, layerOf(scale));
  }

  dense(x: GraphNode, weight: Parameter, bias: Parameter): GraphNode {
    const operation = { kind: 'linear', weight, bias, geometry: pointwise, groups: 1 } as const;
    return this.record(operation, [x], [x.shape[0], weight.shape[0]], layerOf(weight));
  }

  relativeAttention(
    qkv: GraphNode,
    bias: RelativeBias<Parameter>,
    { heads, headDim }: { heads: number; headDim: number },
  ): GraphNode {
    const [batch, height, width] = qkv.shape;
    const table = bias.kind === 'table' ? bias.table : mlpTable(bias, height, width);
    const operation = { kind: 'relativeAttention', table, heads, headDim } as const;
    return this.record(operation, [qkv], [batch, height, width, heads * headDim]);
  }

  layerScale(x: GraphNode, factors: Parameter): GraphNode {
    return this.record({ kind: 'layerScale', factors }, [x], x.shape, layerOf(factors));
  }

  activation(x: GraphNode, activation: Activation): GraphNode {
    return this.record({ kind: 'activation', activation }, [x], x.shape);
  }

  maxPool(x: GraphNode): GraphNode {
    const [batch, height, width, channels] = x.shape;
    return this.record({ kind: 'maxPool' }, [x], [batch, height / 2, width / 2, channels]);
  }

  averagePool(x: GraphNode): GraphNode {
    const [batch, height, width, channels] = x.shape;
    const shape = [batch, Math.floor(height / 2), Math.floor(width / 2), channels];
    return this.record({ kind: 'averagePool' }, [x], shape);
  }

  globalPool(x: GraphNode): GraphNode {
    const [batch, , , channels] = x.shape;
    return this.record({ kind: 'globalPool' }, [x], [batch, 1, 1, channels]);
  }

  flatten(x: GraphNode): GraphNode {
    const [batch, , , channels] = x.shape;
    return this.record({ kind: 'flatten' }, [x], [batch, channels]);
  }

  add(a: GraphNode, b: GraphNode): GraphNode {
    return this.record({ kind: 'add' }, [a, b], a.shape);
  }

  multiply(x: GraphNode, gate: GraphNode): GraphNode {
    return this.record({ kind: 'multiply' }, [x, gate], x.shape);
  }

  dropout(x: GraphNode): GraphNode {
    return x;
  }

  dropPath(x: GraphNode): GraphNode {
    return x;
  }

  private slide(x: GraphNode, operation: Linear, weight: Parameter): GraphNode {
    const [batch, height, width] = x.shape;
    // Odd kernels at stride 1 or 2: both paddings give ⌈side / stride⌉.
    const [outHeight, outWidth] = [height, width].map((side) =>
      Math.ceil(side / operation.geometry.stride),
    );
    const shape = [batch, outHeight, outWidth, weight.shape[0]];
    return this.record(operation, [x], shape, layerOf(weight));
  }

  private record(
    operation: Operation,
    inputs: GraphNode[],
    shape: readonly number[],
    name = this.regions.at(-1) ?? '',
  ): GraphNode {
    const node = { name, shape, operation, inputs };
    this.nodes.push(node);
    return node;
  }
}

/** `blocks.0.0.conv.weight` → `blocks.0.0.conv` */
function layerOf({ name }: Parameter): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function mlpTable(
  { hidden, output }: { hidden: DenseParameters<Constant>; output: DenseParameters<Constant> },
  height: number,
  width: number,
): Constant {
  const shape = [(2 * height - 1) * (2 * width - 1), output.weight.shape[0]];
  const values = async () => {
    const between = await dense(relativeLogDistances(height, width), hidden);
    return dense(
      between.map((value) => Math.max(value, 0)),
      output,
    );
  };
  return { shape, values };
}

/** @param x [rows, in] → [rows, out] */
async function dense(
  x: Float32Array,
  { weight, bias }: DenseParameters<Constant>,
): Promise<Float32Array> {
  const [units, features] = weight.shape;
  const [factors, offsets] = [await weight.values(), await bias.values()];
  return Float32Array.from({ length: (x.length / features) * units }, (_, index) => {
    const row = Math.floor(index / units) * features;
    const column = (index % units) * features;
    let sum = offsets[index % units];
    for (let k = 0; k < features; k++) sum += x[row + k] * factors[column + k];
    return sum;
  });
}
