import { ImageError, noAugmentation } from '@coatrack/images';
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

const flips = { ...noAugmentation, flip: true };

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
    // Images are cached at the size that the network's square is cut from.
    const imageBytes = 20 * 20 * 3;
    const loader = open({ cacheBytes: 7.5 * imageBytes });
    const first = await load(loader);
    expect(reads).toBe(10);
    expect(await load(loader)).toEqual(first);
    expect(reads).toBe(13);
  });

  it('crops and flips by seed, epoch and image', async () => {
    const view = (epoch: number, seed = 1) => trainingView({ augmentation: flips, seed, epoch });
    const loader = open();
    const first = await load(loader, view(1));
    expect(await load(open({ cacheBytes: 0 }), view(1))).toEqual(first);
    expect(await load(loader, view(1))).toEqual(first);
    expect(await load(loader, view(2))).not.toEqual(first);
    expect(await load(loader, view(1, 2))).not.toEqual(first);
  });

  it('augments alike whether an image is kept or decoded anew, in whatever batch it is', async () => {
    const augmentation = {
      ...flips,
      cropMin: 0.35,
      policy: 'randaugment' as const,
      magnitude: 10,
      layers: 2,
      cutout: 0.5,
    };
    const view = () => trainingView({ augmentation, seed: 1, epoch: 1 });
    const kept = open();
    // Validation keeps images at another size.
    await load(kept);
    const first = await load(kept, view());
    expect(await load(open({ cacheBytes: 0 }), view())).toEqual(first);
    const alone: number[] = [];
    const indices = inBatches([...set.labels.keys()], 1);
    for await (const { images } of open().batches(indices, view())) alone.push(...images);
    expect(alone).toEqual(first.flatMap(({ images }) => [...images]));
  });

  it('shows an image anew where an epoch has it again, after a resume too', async () => {
    const options = { augmentation: { ...flips, cropMin: 0.35 }, seed: 1, epoch: 1 };
    const loader = open();
    const seen: Float32Array[] = [];
    for await (const { images } of loader.batches([[0], [1], [0], [0]], trainingView(options))) {
      seen.push(images);
    }
    expect(seen[2]).not.toEqual(seen[0]);
    expect(seen[3]).not.toEqual(seen[2]);
    const resumed = trainingView({ ...options, earlier: [0, 1] });
    const rest = loader.batches([[0], [0]], resumed);
    expect((await rest.next()).value!.images).toEqual(seen[2]);
    expect((await rest.next()).value!.images).toEqual(seen[3]);
  });

  it('mixes the images of a batch', async () => {
    const mixing = { mixup: 0.2, cutmix: 0, seed: 1, epoch: 1 };
    const [plain] = await load(open());
    for await (const batch of open().batches([[0, 1, 2, 3]], evaluationView, mixing)) {
      expect(batch.mixed!.labels).toEqual([1, 0, 1, 0]);
      const [own, other] = [0, 3].map((row) => plain!.images[row * imageSize ** 2 * 3]!);
      const share = batch.mixed!.shares[0]!;
      expect(batch.images[0]).toBeCloseTo(own! * share + other! * (1 - share), 5);
    }
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
