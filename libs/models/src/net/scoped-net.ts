import type {
  Activation,
  BatchNormOptions,
  ConvOptions,
  DenseOptions,
  DepthwiseConvOptions,
  Net,
  RelativeAttentionOptions,
  SqueezeExciteOptions,
  WeightInitializer,
} from './net';
import { type BiasStart, biasStart, ones, weightStart, zeros } from './initializers';
import type { ConvGeometry, DenseParameters, Operations, RelativeBias } from './operations';
import type { Initializer, Layout, TensorSpec } from './tensor-spec';

/** Connects an architecture to an interpreter: names parameters by scope and determines their shapes. */
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
    const { filters, kernel, bias = false, initializer } = options;
    const shape = [filters, this.channels(x), kernel, kernel];
    const weight = this.weight(name, shape, 'conv', initializer);
    const start = biasStart(options, shape);
    const offset = bias ? this.vector(`${name}.bias`, filters, start) : undefined;
    return this.operations.conv(x, weight, offset, geometryOf(options));
  }

  depthwiseConv(name: string, x: T, options: DepthwiseConvOptions): T {
    const { kernel, bias = false, initializer } = options;
    const channels = this.channels(x);
    const { filters = channels } = options;
    if (filters % channels !== 0) {
      throw new RangeError(
        `${this.qualify(name)}: ${filters} filters are not a multiple of ${channels} channels`,
      );
    }
    const shape = [filters, 1, kernel, kernel];
    const weight = this.weight(name, shape, 'depthwise', initializer);
    const start = biasStart(options, shape);
    const offset = bias ? this.vector(`${name}.bias`, filters, start) : undefined;
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

  dense(name: string, x: T, options: DenseOptions): T {
    const { weight, bias } = this.denseParameters(name, this.channels(x), options);
    return this.operations.dense(x, weight, bias);
  }

  relativeAttention(name: string, qkv: T, { headDim, mlp }: RelativeAttentionOptions): T {
    const [, height, width, channels] = this.shape(qkv);
    const heads = channels / (3 * headDim);
    if (!Number.isInteger(heads)) {
      throw new RangeError(
        `${this.qualify(name)}: ${channels} channels are not a multiple of 3 heads of ${headDim}`,
      );
    }
    const bias: RelativeBias<P> = mlp
      ? {
          kind: 'mlp',
          hidden: this.denseParameters(`${name}.mlp.fc1`, 2, mlp, false),
          output: this.denseParameters(
            `${name}.mlp.fc2`,
            mlp.units,
            { ...mlp, units: heads },
            false,
          ),
        }
      : {
          kind: 'table',
          table: this.declare(
            `${name}.relative_position_bias_table`,
            [(2 * height - 1) * (2 * width - 1), heads],
            { initializer: { kind: 'normal', deviation: 0.02 }, grid: [height, width] },
          ),
        };
    return this.operations.relativeAttention(qkv, bias, { heads, headDim });
  }

  squeezeExcite(
    [reduce, expand]: readonly [string, string],
    x: T,
    { width, activation, initializer }: SqueezeExciteOptions,
  ): T {
    const channels = this.channels(x);
    const parameters = {
      reduce: this.layer(reduce, [width, channels, 1, 1], 'conv', { initializer }),
      expand: this.layer(expand, [channels, width, 1, 1], 'conv', { initializer }),
    };
    return this.operations.squeezeExcite(x, parameters, { activation });
  }

  layerScale(name: string, x: T, { start }: { start: number }): T {
    const initializer = { kind: 'constant', value: start } as const;
    return this.operations.layerScale(
      x,
      this.vector(`${name}.gamma`, this.channels(x), initializer),
    );
  }

  activation(x: T, kind: Activation): T {
    return kind === 'none' ? x : this.operations.activation(x, kind);
  }

  maxPool(x: T): T {
    return this.operations.maxPool(x);
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

  private denseParameters(
    name: string,
    features: number,
    options: DenseOptions & BiasStart,
    decay = true,
  ): DenseParameters<P> {
    return this.layer(name, [options.units, features], 'dense', options, decay);
  }

  /** Creates a weight and a bias for its first axis. */
  private layer(
    name: string,
    shape: number[],
    layout: Layout,
    options: BiasStart,
    decay = true,
  ): DenseParameters<P> {
    return {
      weight: this.weight(name, shape, layout, options.initializer, decay),
      bias: this.vector(`${name}.bias`, shape[0], biasStart(options, shape)),
    };
  }

  private weight(
    name: string,
    shape: number[],
    layout: Layout,
    start: WeightInitializer,
    decay = true,
  ): P {
    const initializer = weightStart(start, shape, layout);
    return this.declare(`${name}.weight`, shape, { layout, decay, initializer });
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
