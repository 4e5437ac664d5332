import { beforeAll, describe, expect, it } from 'vitest';
import type { PictureSet } from './dataset/picture-set';
import { noise } from '@coatrack/images/testing';
import { type Batch, evaluationCrop, inBatches, PictureLoader, trainingCrop } from './image-loader';

const imageSize = 16;
const preprocessing = {
  imageSize,
  cropPercent: 0.8,
  interpolation: 'bicubic' as const,
  mean: [0, 0, 0] as [number, number, number],
  std: [1, 1, 1] as [number, number, number],
};

let files: Buffer[];
let reads: number;
let set: PictureSet;

beforeAll(async () => {
  files = await Promise.all(Array.from({ length: 10 }, () => noise(20, 20).png().toBuffer()));
  set = {
    classes: ['even', 'odd'],
    labels: files.map((_, index) => index % 2),
    read: async (index) => {
      reads++;
      return files[index]!;
    },
  };
});

async function load(loader: PictureLoader, crop = evaluationCrop(imageSize)): Promise<Batch[]> {
  const batches: Batch[] = [];
  const indices = set.labels.map((_, index) => index);
  for await (const batch of loader.batches(inBatches(indices, 4), crop)) batches.push(batch);
  return batches;
}

describe('PictureLoader', () => {
  it('makes batches in order, the last one smaller', async () => {
    const batches = await load(new PictureLoader(set, preprocessing));
    expect(batches.map(({ labels }) => labels)).toEqual([
      [0, 1, 0, 1],
      [0, 1, 0, 1],
      [0, 1],
    ]);
    expect(batches[2]!.images).toHaveLength(2 * imageSize * imageSize * 3);
  });

  it('decodes once what fits into its cache', async () => {
    reads = 0;
    const pictureBytes = 20 * 20 * 3;
    const loader = new PictureLoader(set, preprocessing, 7 * pictureBytes);
    const first = await load(loader);
    expect(reads).toBe(10);
    expect(await load(loader)).toEqual(first);
    expect(reads).toBe(13);
  });

  it('crops and flips by seed, epoch and picture', async () => {
    const loader = new PictureLoader(set, preprocessing);
    const crop = (epoch: number, seed = 1) => trainingCrop({ imageSize, flip: true, seed, epoch });
    const first = await load(loader, crop(1));
    expect(await load(new PictureLoader(set, preprocessing), crop(1))).toEqual(first);
    expect(await load(loader, crop(2))).not.toEqual(first);
    expect(await load(loader, crop(1, 2))).not.toEqual(first);
  });

  it('flips half of the time, and crops all over the picture', () => {
    const crop = trainingCrop({ imageSize, flip: true, seed: 3, epoch: 1 });
    const pixels = { data: new Uint8Array(), width: 18, height: 20 };
    const crops = Array.from({ length: 1000 }, (_, index) => crop(pixels, index));
    expect(crops.filter(({ flipped }) => flipped).length).toBeGreaterThan(430);
    expect(crops.filter(({ flipped }) => flipped).length).toBeLessThan(570);
    expect(new Set(crops.map(({ left }) => left))).toEqual(new Set([0, 1, 2]));
    expect(new Set(crops.map(({ top }) => top))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('passes on what reading throws', async () => {
    const broken = { ...set, read: () => Promise.reject(new Error('The disk is gone')) };
    await expect(load(new PictureLoader(broken, preprocessing))).rejects.toThrow('disk is gone');
  });
});
