import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Everything here has a checksum, but for a plain .tar's own headers. */
describe('a damaged TensorFlow checkpoint', () => {
  async function readAll(files: ReadonlyMap<string, Buffer>): Promise<void> {
    const paths = [...files.keys()].map((name) => join(folder, name));
    await Promise.all([...files].map(([name, bytes]) => writeFile(join(folder, name), bytes)));
    try {
      const weights = await openB0(paths, folder);
      try {
        await expectFilled(weights);
      } finally {
        await weights.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsFormatError);
    }
  }

  async function checkpoint(): Promise<Map<string, Buffer>> {
    const entries = parts.map(async (name, part) => [name, await readFile(stem[part])] as const);
    return new Map(await Promise.all(entries));
  }

  it('is refused or read rightly, any part cut anywhere', async () => {
    const whole = await checkpoint();
    const cut = fc.constantFrom(...parts).chain((name) => {
      return fc.record({ name: fc.constant(name), length: fc.nat(whole.get(name)!.length - 1) });
    });
    await fc.assert(
      fc.asyncProperty(cut, ({ name, length }) =>
        readAll(new Map(whole).set(name, whole.get(name)!.subarray(0, length))),
      ),
    );
  });
});
