import { describe, expect, it } from 'vitest';
import { CostOperations } from '../cost/cost-operations';
import { UnknownArchitectureError } from '../errors';
import type { BatchNormOptions, Net } from '../net/net';
import { ScopedNet } from '../net/scoped-net';
import { findArchitecture, listArchitectures } from './catalogue';

/** Notes what a forward function asks of its norms, its attention and stochastic depth. */
class NotingOperations extends CostOperations {
  readonly batchNorms: BatchNormOptions[] = [];
  readonly layerNorms: number[] = [];
  readonly depths: number[] = [];

  override batchNorm(x: readonly number[], _: unknown = null, options?: BatchNormOptions) {
    this.batchNorms.push(options!);
    return x;
  }
  override layerNorm(x: readonly number[], ...rest: unknown[]) {
    this.layerNorms.push((rest[2] as { epsilon: number }).epsilon);
    return x;
  }
  override dropPath(x: readonly number[], depth = NaN) {
    this.depths.push(depth);
    return x;
  }
}

function note(name: string): NotingOperations {
  const architecture = findArchitecture(name);
  const operations = new NotingOperations();
  const net: Net<readonly number[]> = new ScopedNet(operations, architecture.headScope);
  architecture.forward(net, [1, 224, 224, 3], { classes: 10 });
  return operations;
}

describe('catalogue', () => {
  it('lists both families', () => {
    const names = listArchitectures().map(({ name }) => name);
    const sizes = ['b0', 'b1', 'b2', 'b3', 's', 'm', 'l', 'xl'];
    expect(names).toEqual([
      ...sizes.map((size) => `efficientnetv2_${size}`),
      ...Array.from({ length: 8 }, (_, index) => `coatnet_${index}`),
    ]);
  });

  it('names what there is when asked for something else', () => {
    expect(() => findArchitecture('resnet50')).toThrow(UnknownArchitectureError);
    expect(() => findArchitecture('resnet50')).toThrow(
      /"resnet50".*efficientnetv2_b0, .*coatnet_7/,
    );
  });

  // Comparing numbers with a reference does not catch a wrong epsilon reliably.
  it('builds EfficientNetV2 with the epsilon and activations of its code', () => {
    const { batchNorms, depths } = note('efficientnetv2_b0');
    expect(batchNorms).toHaveLength(59);
    expect(new Set(batchNorms.map(({ epsilon }) => epsilon))).toEqual(new Set([1e-3]));
    expect(batchNorms.filter(({ activation }) => activation === 'silu')).toHaveLength(39);
    // Block 2 of 21 is the first with a shortcut, block 20 the last.
    expect(depths).toHaveLength(15);
    expect(depths[0]).toBeCloseTo(2 / 21);
    expect(depths.at(-1)).toBeCloseTo(20 / 21);
  });

  it('builds CoAtNet with the epsilons and activations of timm', () => {
    const { batchNorms, layerNorms, depths } = note('coatnet_0');
    expect(batchNorms).toHaveLength(16);
    expect(new Set(batchNorms.map(({ epsilon }) => epsilon))).toEqual(new Set([1e-5]));
    expect(batchNorms.filter(({ activation }) => activation === 'gelu')).toHaveLength(11);
    expect(layerNorms).toEqual(new Array(15).fill(1e-6));
    // One for each of 5 MBConv blocks, two for each of 7 Transformer blocks.
    expect(depths).toHaveLength(19);
    expect(depths[0]).toBe(0);
    expect(depths.at(-1)).toBe(1);
  });
});
