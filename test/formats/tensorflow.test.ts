import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { validateWeights, WeightsFormatError } from '@coatrack/models';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { b0, expectFilled, openB0, pythonWith, runPython, stemTensors } from './b0';

const fixtures = join(__dirname, 'tensorflow/fixtures');
const parts = ['stem.index', 'stem.data-00000-of-00002', 'stem.data-00001-of-00002'];
const stem = parts.map((name) => join(fixtures, name));
const python = pythonWith('numpy');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorflow-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the first layers of a TensorFlow checkpoint', () => {
  it('are read: moving averages, not what they are of, and nothing of the optimizer', async () => {
    const weights = await openB0(stem);
    expect(weights.format).toBe('tensorflow');
    expect([...weights.tensors.keys()].sort()).toEqual(stemTensors);
    expect(weights.nameInFile?.('bn1.bias')).toBe(
      'efficientnetv2-b0/stem/tpu_batch_normalization/beta/ExponentialMovingAverage',
    );
    expect(weights.nameInFile?.('classifier.bias')).toBe('head/dense/bias');
    await expectFilled(weights);
    await weights.close();
  });

  it('need all of their shards', async () => {
    await expect(openB0(stem.slice(0, 2))).rejects.toThrow(
      'of its 2 shards, these are missing: stem.data-00001-of-00002',
    );
    await expect(openB0(stem.slice(0, 1))).rejects.toThrow(
      'missing: stem.data-00000-of-00002, stem.data-00001-of-00002',
    );
  });
});

describe.skipIf(!python)('EfficientNetV2-B0 as a TensorFlow checkpoint', () => {
  const script = join(__dirname, 'tensorflow/write_checkpoint.py');
  const prefix = 'model.ckpt-7';
  beforeAll(() => runPython(python!, script, folder));

  it.each([
    ['index and shards', parts.map((name) => name.replace('stem', prefix))],
    ['a .tgz of them', ['checkpoint.tgz']],
  ])('is read whole: %s', async (_, names) => {
    const paths = names.map((name) => join(folder, name));
    const weights = await openB0(paths, folder);
    expect(() => validateWeights(weights, b0, 1000)).not.toThrow();
    await expectFilled(weights);
    await weights.close();
  });
});

/** Everything here has a checksum, but for what a .tar without gzip says of its entries. */
describe('a damaged TensorFlow checkpoint', () => {
  async function readAll(files: ReadonlyMap<string, Buffer>): Promise<void> {
    const own = await mkdtemp(join(folder, 'damaged-'));
    const paths = [...files.keys()].map((name) => join(own, name));
    await Promise.all([...files.values()].map((bytes, file) => writeFile(paths[file], bytes)));
    try {
      const weights = await openB0(paths, own);
      try {
        await expectFilled(weights);
      } finally {
        await weights.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsFormatError);
    } finally {
      await rm(own, { recursive: true });
    }
  }

  const whole = new Map(parts.map((name, part) => [name, readFileSync(stem[part])]));

  const archive = readFileSync(join(fixtures, 'stem.tar'));

  describe.each([
    ['files', whole],
    ['.tar', new Map([['stem.tar', archive]])],
    ['.tgz', new Map([['stem.tgz', gzipSync(archive)]])],
  ])('%s', (_, files) => {
    it('are refused or read rightly, cut anywhere', async () => {
      const cut = placeIn(files, (length) => length);
      await fc.assert(
        fc.asyncProperty(cut, ({ name, at }) =>
          readAll(new Map(files).set(name, files.get(name)!.subarray(0, at))),
        ),
      );
    });

    it('are refused or read rightly, with any bits flipped', async () => {
      const mask = fc.integer({ min: 1, max: 255 });
      const flips = fc.array(
        fc.tuple(
          placeIn(files, (length) => length - 1),
          mask,
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      );
      await fc.assert(
        fc.asyncProperty(flips, (flips) => {
          const copies = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
          for (const [{ name, at }, mask] of flips) copies.get(name)![at] ^= mask;
          return readAll(copies);
        }),
      );
    });
  });

  /** As often in a small file as in a large one. */
  function placeIn(files: ReadonlyMap<string, Buffer>, last: (length: number) => number) {
    return fc.constantFrom(...files.keys()).chain((name) => {
      return fc.record({ name: fc.constant(name), at: fc.nat(last(files.get(name)!.length)) });
    });
  }
});
