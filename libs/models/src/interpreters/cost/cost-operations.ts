import { composedSqueezeExcite } from '../../net/composed-squeeze-excite';
import type { ConvGeometry, Operations, SqueezeExciteParameters } from '../../net/operations';
import type { TensorSpec } from '../../net/tensor-spec';

type Shape = readonly number[];

/** A named part of the network, measured. */
export interface RegionCost {
  name: string;
  /** Shape of its result: [height, width, channels] or [features]. */
  shape: Shape;
  macs: number;
  parameters: number;
}

/** Propagates the shapes of one image and counts parameters and multiply-accumulates, without computing anything. */
export class CostOperations implements Operations<Shape, TensorSpec> {
  readonly tensors: TensorSpec[] = [];
  readonly regions: RegionCost[] = [];
  macs = 0;
  parameters = 0;
  /** Number of intermediate values that a training step keeps for differentiation. */
  activations = 0;
  largestActivation = 0;

  parameter(spec: TensorSpec): TensorSpec {
    this.tensors.push(spec);
    if (spec.role === 'parameter') this.parameters += size(spec.shape);
    return spec;
  }

  region(name: string, body: () => Shape): Shape {
    const before = { macs: this.macs, parameters: this.parameters };
    const result = body();
    this.regions.push({
      name,
      shape: result.slice(1),
      macs: this.macs - before.macs,
      parameters: this.parameters - before.parameters,
    });
    return result;
  }

  shape(x: Shape): Shape {
    return x;
  }

  conv(x: Shape, weight: TensorSpec, _bias: unknown, geometry: ConvGeometry): Shape {
    return this.slide(x, weight, geometry);
  }

  depthwiseConv(x: Shape, weight: TensorSpec, _bias: unknown, geometry: ConvGeometry): Shape {
    return this.slide(x, weight, geometry);
  }

  batchNorm(x: Shape): Shape {
    return this.keep(x);
  }

  layerNorm(x: Shape): Shape {
    return this.keep(x);
  }

  dense([batch]: Shape, weight: TensorSpec): Shape {
    this.macs += size(weight.shape);
    return this.keep([batch, weight.shape[0]]);
  }

  relativeAttention(
    [batch, height, width]: Shape,
    // The bias is computed once for all images, so it is not a cost per image.
    _bias: unknown,
    { heads, headDim }: { heads: number; headDim: number },
  ): Shape {
    const positions = height * width;
    this.macs += 2 * positions * positions * heads * headDim;
    this.activations += heads * positions * positions;
    return this.keep([batch, height, width, heads * headDim]);
  }

  squeezeExcite(
    x: Shape,
    parameters: SqueezeExciteParameters<TensorSpec>,
    options: { activation: 'silu' | 'relu' },
  ): Shape {
    return composedSqueezeExcite(this, x, parameters, options);
  }

  layerScale(x: Shape): Shape {
    return x;
  }

  activation(x: Shape): Shape {
    return this.keep(x);
  }

  maxPool([batch, height, width, channels]: Shape): Shape {
    return [batch, height / 2, width / 2, channels];
  }

  averagePool([batch, height, width, channels]: Shape): Shape {
    return [batch, Math.floor(height / 2), Math.floor(width / 2), channels];
  }

  globalPool([batch, , , channels]: Shape): Shape {
    return [batch, 1, 1, channels];
  }

  flatten([batch, , , channels]: Shape): Shape {
    return [batch, channels];
  }

  add(a: Shape): Shape {
    return this.keep(a);
  }

  multiply(x: Shape): Shape {
    return this.keep(x);
  }

  dropout(x: Shape): Shape {
    return x;
  }

  dropPath(x: Shape): Shape {
    return x;
  }

  private slide(
    [batch, height, width]: Shape,
    weight: TensorSpec,
    { stride }: ConvGeometry,
  ): Shape {
    // Odd kernels at stride 1 or 2: both paddings give ⌈side / stride⌉.
    const out = [Math.ceil(height / stride), Math.ceil(width / stride)];
    this.macs += out[0] * out[1] * size(weight.shape);
    return this.keep([batch, ...out, weight.shape[0]]);
  }

  private keep(result: Shape): Shape {
    const values = size(result);
    this.activations += values;
    this.largestActivation = Math.max(this.largestActivation, values);
    return result;
  }
}

function size(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}
