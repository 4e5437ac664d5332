import type {
  Activation,
  BatchNormOptions,
  ConvOptions,
  DenseOptions,
  DepthwiseConvOptions,
  Net,
  WeightInitializer,
} from './net';
import type { ConvGeometry, Operations } from './operations';
import type { Initializer, Layout, TensorSpec } from './tensor-spec';

const zeros: Initializer = { kind: 'constant', value: 0 };
const ones: Initializer = { kind: 'constant', value: 1 };

/** Joins an architecture and a reading of it: names parameters by scope and settles their shapes. */
export class ScopedNet<T, P> implements Net<T> {
  constructor(
    private readonly operations: Operations<T, P>,
    private readonly headScope: string,
    private readonly scope = '',
  ) {}

  at(scope: string): Net<T> {
    return new ScopedNet(this.operations, this.headScope, this.qualify(scope));
  }

  within(scope: string, x: T, body: (net: Net<T>, x: T) => T): T {
    return this.operations.region(this.qualify(scope), () => body(this.at(scope), x));
  }

  shape(x: T): readonly number[] {
    return this.operations.shape(x);
  }

  conv(name: string, x: T, options: ConvOptions): T {
    const { filters, kernel, bias = false, biasDeviation, initializer } = options;
    const shape = [filters, this.channels(x), kernel, kernel];
    const weight = this.weight(name, shape, 'conv', initializer);
    const biasStart: Initializer = biasDeviation
      ? { kind: 'normal', deviation: biasDeviation }
      : zeros;
    const offset = bias ? this.vector(`${name}.bias`, filters, biasStart) : undefined;
    return this.operations.conv(x, weight, offset, geometryOf(options));
  }

  depthwiseConv(name: string, x: T, options: DepthwiseConvOptions): T {
    const { kernel, bias = false, initializer } = options;
    const channels = this.channels(x);
    const weight = this.weight(name, [channels, 1, kernel, kernel], 'depthwise', initializer);
    const offset = bias ? this.vector(`${name}.bias`, channels, zeros) : undefined;
    return this.operations.depthwiseConv(x, weight, offset, geometryOf(options));
  }

  batchNorm(name: string, x: T, options: BatchNormOptions): T {
    const channels = this.channels(x);
    const parameters = {
      scale: this.vector(`${name}.weight`, channels, ones),
      offset: this.vector(`${name}.bias`, channels, zeros),
      mean: this.vector(`${name}.running_mean`, channels, zeros, 'statistic'),
      variance: this.vector(`${name}.running_var`, channels, ones, 'statistic'),
    };
    this.declare(`${name}.num_batches_tracked`, [], { role: 'counter', initializer: zeros });
    return this.operations.batchNorm(x, parameters, options);
  }

  layerNorm(name: string, x: T, options: { epsilon: number }): T {
    const channels = this.channels(x);
    const scale = this.vector(`${name}.weight`, channels, ones);
    const offset = this.vector(`${name}.bias`, channels, zeros);
    return this.operations.layerNorm(x, scale, offset, options);
  }

  dense(name: string, x: T, { units, initializer }: DenseOptions): T {
    const features = this.channels(x);
    const weight = this.weight(name, [units, features], 'dense', initializer);
    const biasStart: Initializer =
      initializer === 'fan-in-uniform'
        ? { kind: 'uniform', bound: 1 / Math.sqrt(features) }
        : zeros;
    return this.operations.dense(x, weight, this.vector(`${name}.bias`, units, biasStart));
  }

  relativeAttention(name: string, qkv: T, { headDim }: { headDim: number }): T {
    const [, height, width, channels] = this.shape(qkv);
    const heads = channels / (3 * headDim);
    if (!Number.isInteger(heads)) {
      throw new RangeError(
        `${this.qualify(name)}: ${channels} channels are no multiple of 3 heads of ${headDim}`,
      );
    }
    const table = this.declare(
      `${name}.relative_position_bias_table`,
      [(2 * height - 1) * (2 * width - 1), heads],
      { initializer: { kind: 'normal', deviation: 0.02 }, grid: [height, width] },
    );
    return this.operations.relativeAttention(qkv, table, { heads, headDim });
  }

  activation(x: T, kind: Activation): T {
    return kind === 'none' ? x : this.operations.activation(x, kind);
  }

  averagePool(x: T): T {
    return this.operations.averagePool(x);
  }

  globalPool(x: T): T {
    return this.operations.globalPool(x);
  }

  flatten(x: T): T {
    return this.operations.flatten(x);
  }

  add(a: T, b: T): T {
    return this.operations.add(a, b);
  }

  multiply(x: T, gate: T): T {
    return this.operations.multiply(x, gate);
  }

  dropout(x: T): T {
    return this.operations.dropout(x, this.qualify('dropout'));
  }

  dropPath(x: T, depth: number): T {
    return this.operations.dropPath(x, depth, this.qualify('dropPath'));
  }

  private qualify(name: string): string {
    return this.scope ? `${this.scope}.${name}` : name;
  }

  private channels(x: T): number {
    return this.shape(x).at(-1)!;
  }

  private weight(name: string, shape: number[], layout: Layout, start: WeightInitializer): P {
    const initializer = resolveInitializer(start, shape, layout);
    return this.declare(`${name}.weight`, shape, { layout, decay: true, initializer });
  }

  private vector(
    name: string,
    length: number,
    initializer: Initializer,
    role: TensorSpec['role'] = 'parameter',
  ): P {
    return this.declare(name, [length], { role, initializer });
  }

  private declare(
    name: string,
    shape: readonly number[],
    rest: Partial<TensorSpec> & Pick<TensorSpec, 'initializer'>,
  ): P {
    const full = this.qualify(name);
    const head = full.startsWith(`${this.headScope}.`);
    const defaults = { role: 'parameter', layout: 'same', decay: false } as const;
    return this.operations.parameter({ ...defaults, ...rest, name: full, shape, head });
  }
}

function geometryOf({ kernel, stride = 1, padding = 'same' }: DepthwiseConvOptions): ConvGeometry {
  return { kernel, stride, padding };
}

/** @param shape [out, in per group, …kernel] */
function resolveInitializer(
  start: WeightInitializer,
  shape: readonly number[],
  layout: Layout,
): Initializer {
  const area = shape.slice(2).reduce((product, side) => product * side, 1);
  const fanIn = shape[1] * area;
  // A depthwise kernel has as many groups as outputs: each output's fan out is one kernel.
  const fanOut = (layout === 'depthwise' ? 1 : shape[0]) * area;
  switch (start) {
    case 'fan-out-normal':
      return { kind: 'normal', deviation: Math.sqrt(2 / fanOut) };
    case 'xavier-uniform':
      return { kind: 'uniform', bound: Math.sqrt(6 / (fanIn + fanOut)) };
    case 'fan-out-uniform':
      return { kind: 'uniform', bound: 1 / Math.sqrt(fanOut) };
    case 'fan-in-uniform':
      return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
  }
}
