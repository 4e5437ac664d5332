import { CostOperations } from '../cost/cost-operations';
import { composedSqueezeExcite } from '../../net/composed-squeeze-excite';
import type { Activation, BatchNormOptions } from '../../net/net';
import type {
  BatchNormParameters,
  ConvGeometry,
  DenseParameters,
  Operations,
  RelativeBias,
  SqueezeExciteParameters,
} from '../../net/operations';
import { relativeLogDistances } from '../../net/relative-log-distances';
import type { TensorSpec } from '../../net/tensor-spec';
import type { Constant, GraphNode, Operation } from './graph';

/** A parameter of the network with its declaration. */
type Parameter = Constant & { spec: TensorSpec };

const pointwise: ConvGeometry = { kernel: 1, stride: 1, padding: 'same' };

/** Records the computation as a graph, without computing anything. */
export class GraphOperations implements Operations<GraphNode, Parameter> {
  /** Nodes in the order of the calls. */
  readonly nodes: GraphNode[] = [];
  private readonly regions: string[] = [];
  /** Computes shapes. */
  private readonly shapes = new CostOperations();

  constructor(private readonly read: (spec: TensorSpec) => Promise<Float32Array>) {}

  input(shape: readonly number[]): GraphNode {
    return this.record({ kind: 'input' }, [], shape, 'images');
  }

  parameter(spec: TensorSpec): Parameter {
    return { spec, shape: spec.shape, values: () => this.read(spec) };
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
    const shape = this.shapes.conv(x.shape, weight.spec, undefined, geometry);
    const operation = { kind: 'linear', weight, bias, geometry, groups: 1 } as const;
    return this.record(operation, [x], shape, layerOf(weight));
  }

  depthwiseConv(
    x: GraphNode,
    weight: Parameter,
    bias: Parameter | undefined,
    geometry: ConvGeometry,
  ) {
    const shape = this.shapes.depthwiseConv(x.shape, weight.spec, undefined, geometry);
    const groups = x.shape.at(-1)!;
    const operation = { kind: 'linear', weight, bias, geometry, groups } as const;
    return this.record(operation, [x], shape, layerOf(weight));
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
    return this.record(operation, [x], this.shapes.dense(x.shape, weight.spec), layerOf(weight));
  }

  relativeAttention(
    qkv: GraphNode,
    bias: RelativeBias<Parameter>,
    { heads, headDim }: { heads: number; headDim: number },
  ): GraphNode {
    const [, height, width] = qkv.shape;
    const table = bias.kind === 'table' ? bias.table : mlpTable(bias, height, width);
    const operation = { kind: 'relativeAttention', table, heads, headDim } as const;
    return this.record(
      operation,
      [qkv],
      this.shapes.relativeAttention(qkv.shape, undefined, { heads, headDim }),
    );
  }

  squeezeExcite(
    x: GraphNode,
    parameters: SqueezeExciteParameters<Parameter>,
    options: { activation: 'silu' | 'relu' },
  ): GraphNode {
    return composedSqueezeExcite(this, x, parameters, options);
  }

  layerScale(x: GraphNode, factors: Parameter): GraphNode {
    return this.record({ kind: 'layerScale', factors }, [x], x.shape, layerOf(factors));
  }

  activation(x: GraphNode, activation: Activation): GraphNode {
    return this.record({ kind: 'activation', activation }, [x], x.shape);
  }

  maxPool(x: GraphNode): GraphNode {
    return this.record({ kind: 'maxPool' }, [x], this.shapes.maxPool(x.shape));
  }

  averagePool(x: GraphNode): GraphNode {
    return this.record({ kind: 'averagePool' }, [x], this.shapes.averagePool(x.shape));
  }

  globalPool(x: GraphNode): GraphNode {
    return this.record({ kind: 'globalPool' }, [x], this.shapes.globalPool(x.shape));
  }

  flatten(x: GraphNode): GraphNode {
    return this.record({ kind: 'flatten' }, [x], this.shapes.flatten(x.shape));
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
function layerOf({ spec: { name } }: Parameter): string {
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
