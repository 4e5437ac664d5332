import { describe, expect, it } from 'vitest';
import { type Cost, cost } from '../interpreters/cost/cost';
import { CostOperations } from '../interpreters/cost/cost-operations';
import { UnknownArchitectureError } from '../errors';
import type { BatchNormOptions, Net } from '../net/net';
import { ScopedNet } from '../net/scoped-net';
import {
  findArchitecture,
  findCheckpoint,
  findHubCheckpoint,
  listArchitectures,
  listCheckpoints,
  statedAccuracy,
} from './catalogue';

/** Records how a forward function uses norms, attention and stochastic depth. */
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
  it("the papers' families are listed first", () => {
    const architectures = listArchitectures();
    const names = architectures.filter(({ source }) => source === 'paper').map(({ name }) => name);
    expect(architectures.slice(0, names.length).map(({ name }) => name)).toEqual(names);
    const sizes = ['b0', 'b1', 'b2', 'b3', 's', 'm', 'l', 'xl'];
    expect(names).toEqual([
      ...sizes.map((size) => `efficientnetv2_${size}`),
      ...Array.from({ length: 8 }, (_, index) => `coatnet_${index}`),
    ]);
  });

  it('every name belongs to one architecture', () => {
    const names = listArchitectures().flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, checkpoints } of listArchitectures()) {
      for (const checkpoint of checkpoints) {
        expect(findArchitecture(checkpoint.name).name).toBe(name);
      }
    }
  });

  it.each([
    ['tf_efficientnetv2_s', 'efficientnetv2_s'],
    ['tf_efficientnetv2_s.in21k_ft_in1k', 'efficientnetv2_s'],
    ['coatnet_3_224', 'coatnet_3_224'],
    ['coatnet_rmlp_1_rw2_224.sw_in12k', 'coatnet_rmlp_1_rw2_224'],
    ['torchvision_efficientnet_v2_l', 'efficientnet_v2_l'],
  ])('finds %s', (name, found) => {
    expect(findArchitecture(name).name).toBe(found);
  });

  it('the error for an unknown name lists the known ones', () => {
    expect(() => findArchitecture('resnet50')).toThrow(UnknownArchitectureError);
    expect(() => findArchitecture('resnet50')).toThrow(
      /"resnet50".*efficientnetv2_b0, .*coatnet_7/,
    );
  });

  // Comparing outputs with a reference does not reliably reveal a wrong epsilon.
  it('EfficientNetV2 has the epsilon and activations of its code', () => {
    const { batchNorms, depths } = note('efficientnetv2_b0');
    expect(batchNorms).toHaveLength(59);
    expect(new Set(batchNorms.map(({ epsilon }) => epsilon))).toEqual(new Set([1e-3]));
    expect(batchNorms.filter(({ activation }) => activation === 'silu')).toHaveLength(39);
    // Block 2 of 21 is the first with a shortcut, block 20 the last.
    expect(depths).toHaveLength(15);
    expect(depths[0]).toBeCloseTo(2 / 21);
    expect(depths.at(-1)).toBeCloseTo(20 / 21);
  });

  it('CoAtNet has the epsilons and activations of timm', () => {
    const { batchNorms, layerNorms, depths } = note('coatnet_0_224');
    expect(batchNorms).toHaveLength(16);
    expect(new Set(batchNorms.map(({ epsilon }) => epsilon))).toEqual(new Set([1e-5]));
    expect(batchNorms.filter(({ activation }) => activation === 'gelu')).toHaveLength(11);
    expect(layerNorms).toEqual(new Array(15).fill(1e-6));
    // One for each of 5 MBConv blocks, two for each of 7 Transformer blocks.
    expect(depths).toHaveLength(19);
    expect(depths[0]).toBe(0);
    expect(depths.at(-1)).toBe(1);
  });

  it.each([
    ['efficientnetv2_rw_m', { 1e-5: 169 }, {}],
    ['efficientnet_v2_l', { 1e-3: 217 }, {}],
    ['coatnet_nano_rw_224', { 1e-5: 22 }, { 1e-6: 19 }],
    ['coatnet_rmlp_1_rw_224', { 1e-5: 25 }, { 1e-6: 33 }],
    ['coatnet_bn_0_rw_224', { 1e-5: 16, 1e-6: 19 }, {}],
    ['coatnext_nano_rw_224', {}, { 1e-6: 27 }],
  ])('%s has the epsilons of its code', (name, batchNorms, layerNorms) => {
    const noted = note(name);
    expect(count(noted.batchNorms.map(({ epsilon }) => epsilon))).toEqual(batchNorms);
    expect(count(noted.layerNorms)).toEqual(layerNorms);
  });

  it("torchvision's networks are the released ones with other names", () => {
    for (const size of ['s', 'm', 'l']) {
      const [theirs, released] = ['efficientnet_v2', 'efficientnetv2'].map((family) =>
        cost(findArchitecture(`${family}_${size}`), { imageSize: 224, classes: 1000 }),
      );
      const shapes = ({ tensors }: Cost) => tensors.map(({ shape, role }) => [shape, role]);
      expect(shapes(theirs)).toEqual(shapes(released));
      expect(theirs.macs).toBe(released.macs);
    }
  });
});

function count(values: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe('published checkpoints', () => {
  it('are each listed once, with a unique name and location', () => {
    const checkpoints = listCheckpoints().map(({ checkpoint }) => checkpoint);
    const addresses = checkpoints.map(({ location }) => Object.values(location)[0]);
    expect(new Set(checkpoints.map(({ name }) => name)).size).toBe(checkpoints.length);
    expect(new Set(addresses).size).toBe(checkpoints.length);
    const counts: Record<string, number> = {};
    for (const { publisher } of checkpoints) counts[publisher] = (counts[publisher] ?? 0) + 1;
    // timm: 17 tf_efficientnetv2, 3 efficientnetv2_rw and 16 CoAtNet.
    expect(counts).toEqual({ timm: 36, google: 15, keras: 7, torchvision: 3 });
  });

  it.each([
    ['tf_efficientnetv2_s.in21k_ft_in1k', { paper: 0.849 }],
    ['tf_efficientnetv2_s.in1k', { paper: 0.839, publisher: 0.839 }],
    ['tf_efficientnetv2_s.in21k', {}],
    ['tf_efficientnetv2_b3.in21k_ft_in1k', {}],
    ['efficientnetv2_b0.keras_in1k', { paper: 0.787, publisher: 0.787 }],
    ['efficientnetv2_xl.google_in21k_ft_in1k', { paper: 0.872, publisher: 0.872 }],
    ['efficientnet_v2_m.IMAGENET1K_V1', { publisher: 0.85112 }],
    ['coatnet_rmlp_2_rw_384.sw_in12k_ft_in1k', { publisher: 0.8739 }],
    ['coatnet_2_rw_224.sw_in12k', {}],
  ])('have the stated accuracy and nothing else: %s', (name, stated) => {
    expect(statedAccuracy(findCheckpoint(name)!)).toEqual(stated);
  });

  it('are found by their repository on the Hub', () => {
    const found = findHubCheckpoint('timm/coatnet_2_rw_224.sw_in12k_ft_in1k')!;
    expect(found.architecture.name).toBe('coatnet_2_rw_224');
    expect(found.checkpoint).toMatchObject({ classes: 1000, pretraining: 'ImageNet-12k' });
    expect(findHubCheckpoint('timm/resnet50.a1_in1k')).toBeUndefined();
  });
});
