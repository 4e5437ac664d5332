import { describe, expect, it } from 'vitest';
import { findCheckpoint, findHubCheckpoint, listCheckpoints, statedAccuracy } from './checkpoints';

describe('published checkpoints', () => {
  it('lists each once, under a name of its own and at an address of its own', () => {
    const checkpoints = listCheckpoints().map(({ checkpoint }) => checkpoint);
    const addresses = checkpoints.map(({ location }) => Object.values(location)[0]);
    expect(new Set(checkpoints.map(({ name }) => name)).size).toBe(checkpoints.length);
    expect(new Set(addresses).size).toBe(checkpoints.length);
    const counts: Record<string, number> = {};
    for (const { publisher } of checkpoints) counts[publisher] = (counts[publisher] ?? 0) + 1;
    // Of timm 17 tf_efficientnetv2, 3 efficientnetv2_rw and 16 of CoAtNet.
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
  ])('states of %s what is stated of it, and nothing else', (name, stated) => {
    expect(statedAccuracy(findCheckpoint(name)!)).toEqual(stated);
  });

  it('finds a repository of the Hub', () => {
    const found = findHubCheckpoint('timm/coatnet_2_rw_224.sw_in12k_ft_in1k')!;
    expect(found.architecture.name).toBe('coatnet_2_rw_224');
    expect(found.checkpoint).toMatchObject({ classes: 1000, pretraining: 'ImageNet-12k' });
    expect(findHubCheckpoint('timm/resnet50.a1_in1k')).toBeUndefined();
  });
});
