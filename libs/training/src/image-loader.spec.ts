import { ImageError } from '@coatrack/images';
import { noise } from '@coatrack/images/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ImageSet } from './dataset/image-set';
import {
  type Batch,
  evaluationView,
  ImageLoader,
  type ImageLoaderOptions,
  inBatches,
  trainingView,
} from './image-loader';

const imageSize = 16;
const preprocessing = {
  imageSize,
  cropPercent: 0.8,
  interpolation: 'bicubic' as const,
  mean: [0, 0, 0] as const,
  std: [1, 1, 1] as const,
};

let files: Buffer[];
let reads: number;
let set: ImageSet;
const loaders: ImageLoader[] = [];

beforeAll(async () => {
  files = await Promise.all(Array.from({ length: 10 }, () => noise(40, 40).png().toBuffer()));
  set = {
    classes: ['even', 'odd'],
    labels: files.map((_, index) => index % 2),
    read: async (index) => {
      reads++;
      return files[index]!;
    },
  };
});

afterEach(async () => {
  await Promise.all(loaders.splice(0).map((loader) => loader.close()));
});

function open(options?: ImageLoaderOptions, images = set): ImageLoader {
  const loader = new ImageLoader(images, preprocessing, options);
  loaders.push(loader);
  return loader;
}

async function load(loader: ImageLoader, view = evaluationView): Promise<Batch[]> {
  const batches: Batch[] = [];
  const indices = set.labels.map((_, index) => index);
  for await (const batch of loader.batches(inBatches(indices, 4), view)) batches.push(batch);
  return batches;
}

describe('ImageLoader', () => {
  it('makes batches in order, the last one smaller', async () => {
    const batches = await load(open());
    expect(batches.map(({ labels }) => labels)).toEqual([
      [0, 1, 0, 1],
      [0, 1, 0, 1],
      [0, 1],
    ]);
    expect(batches[2]!.images).toHaveLength(2 * imageSize * imageSize * 3);
  });

  it('decodes once what fits into its cache', async () => {
    reads = 0;
    const imageBytes = 40 * 40 * 3;
    const loader = open({ cacheBytes: 7.5 * imageBytes });
    const first = await load(loader);
    expect(reads).toBe(10);
    expect(await load(loader)).toEqual(first);
    expect(reads).toBe(13);
  });

  it('crops and flips by seed, epoch and image', async () => {
    const view = (epoch: number, seed = 1) => trainingView({ flip: true, seed, epoch });
    const loader = open();
    const first = await load(loader, view(1));
    expect(await load(open({ cacheBytes: 0 }), view(1))).toEqual(first);
    expect(await load(loader, view(1))).toEqual(first);
    expect(await load(loader, view(2))).not.toEqual(first);
    expect(await load(loader, view(1, 2))).not.toEqual(first);
  });

  it('passes on what reading throws, and what is wrong with an image', async () => {
    const gone = { ...set, read: () => Promise.reject(new Error('The disk is gone')) };
    await expect(load(open({}, gone))).rejects.toThrow('disk is gone');
    const broken = { ...set, read: async () => files[0]!.subarray(0, -100) };
    await expect(load(open({}, broken))).rejects.toThrow(ImageError);
  });

  it('leaves out what can not be read where it is asked to, and keeps the others in order', async () => {
    const whole = await load(open());
    const unread: number[] = [];
    const read = async (index: number) =>
      index === 1 ? files[1]!.subarray(0, -100) : files[index]!;
    const options = { onUnreadable: (index: number) => unread.push(index) };
    const [first, second] = await load(open(options, { ...set, read }));
    expect(unread).toEqual([1]);
    expect(first!.labels).toEqual([0, 0, 1]);
    const length = imageSize ** 2 * 3;
    expect(first!.images.subarray(0, length)).toEqual(whole[0]!.images.subarray(0, length));
    expect(first!.images.subarray(length)).toEqual(whole[0]!.images.subarray(2 * length));
    expect(second).toEqual(whole[1]);
  });
});
