import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@coatrack/kernels';
import { Classifier, validateWeights, WeightsFormatError } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from '../parity/fill';
import { forwardReference } from '../parity/reference';
import { b0, expectFilled, openB0, pythonWith, runPython, stemTensors } from './b0';

const fixture = (name: string) => join(__dirname, 'keras/fixtures', name);
const python = pythonWith('h5py', 'numpy');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keras-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the first layers of a Keras file', () => {
  it('are read, the Normalization layer passed over', async () => {
    const weights = await openB0([fixture('stem.h5')]);
    expect(weights.format).toBe('keras');
    expect([...weights.tensors.keys()].sort()).toEqual(stemTensors);
    expect(weights.nameInFile?.('bn1.running_var')).toBe('stem_bn/stem_bn/moving_variance:0');
    expect(weights.nameInFile?.('classifier.bias')).toBe('predictions/bias');
    await expectFilled(weights);
    await weights.close();
  });

  it('are read from what h5py may write instead: chunks, links, other types and names', async () => {
    const weights = await openB0([fixture('structure.h5')]);
    const read = async (name: string) => [...(await weights.read(name))];
    expect(await read('conv_stem.weight')).toEqual(new Array(216).fill(1));
    expect(await read('bn2.weight')).toEqual(new Array(8).fill(1));
    expect(await read('classifier.bias')).toEqual(new Array(8).fill(0));
    expect(await read('model_weights/block6\x80_bn/block6\x80_bn/beta:0')).toEqual([1]);
    await weights.close();
  });

  it('stay in their file: values elsewhere are out of reach', async () => {
    const weights = await openB0([fixture('external.h5')]);
    await expect(weights.read('conv_stem.weight')).rejects.toThrow(WeightsFormatError);
    await weights.close();
    await expect(openB0([fixture('linked.h5')])).rejects.toThrow(
      /"stem_conv" in "\/" is a ExternalLink, not a Group/,
    );
  });
});

describe.skipIf(!python)("EfficientNetV2-B0 as h5py writes it in Keras' layouts", () => {
  beforeAll(() => runPython(python!, join(__dirname, 'keras/write_keras.py'), folder));

  it.each(['weights', 'model', 'automl', 'keras_cv'])('is read whole: %s', async (name) => {
    const weights = await openB0([join(folder, `${name}.h5`)]);
    expect(() => validateWeights(weights, b0, 1000)).not.toThrow();
    await expectFilled(weights);
    await weights.close();
  });

  it('lacks the classifier without a top, and says what the file would call it', async () => {
    const weights = await openB0([join(folder, 'notop.h5')]);
    expect(() => validateWeights(weights, b0, 1000)).toThrow(
      /2 problems.*classifier\.weight \(in the file: predictions\/kernel\) is missing/s,
    );
    await weights.close();
  });

  it('computes the same logits as timm', async () => {
    selectEngine('wasm');
    const { logits, input_size } = forwardReference('tf_efficientnetv2_b0');
    const [, imageSize] = input_size;
    const weights = await openB0([join(folder, 'weights.h5')]);
    const classifier = new Classifier(b0, { classes: 1000, imageSize, blank: true });
    await classifier.load(weights, { replaceHead: false });
    await weights.close();
    const actual = tf.tidy(() => {
      const images = tf.tensor4d(filledImage('input', imageSize), [1, imageSize, imageSize, 3]);
      return classifier.predict(images).dataSync();
    });
    const errors = logits.map((value, index) => Math.abs(value - actual[index]));
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    classifier.dispose();
  });
});

/**
 * HDF5 has checksums of none of this: a flip may change a value unnoticed, but it must neither crash nor hang the
 * process, nor make it read what is not in the file.
 */
describe('a damaged Keras file', () => {
  const numRuns = Number(process.env.COATRACK_PROPERTY_RUNS ?? 15);
  /** One file in two hundred keeps the library busy until it is given up. */
  const timeout = 300_000;

  async function readAll(bytes: Buffer): Promise<void> {
    const path = join(folder, 'damaged.h5');
    await writeFile(path, bytes);
    try {
      const weights = await openB0([path]);
      try {
        for (const name of weights.tensors.keys()) await weights.read(name);
      } finally {
        await weights.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(WeightsFormatError);
    }
  }

  it('is refused or read, cut anywhere', { timeout }, async () => {
    const whole = await readFile(fixture('stem.h5'));
    const cut = fc.nat(whole.length - 1);
    await fc.assert(
      fc.asyncProperty(cut, (length) => readAll(whole.subarray(0, length))),
      { numRuns },
    );
  });

  it('is refused or read, with any bits flipped', { timeout }, async () => {
    const whole = await readFile(fixture('structure.h5'));
    // Most of HDF5's structures are room for more.
    const used = [...whole.keys()].filter((at) => whole[at] !== 0);
    const at = fc.oneof(
      { arbitrary: fc.constantFrom(...used), weight: 4 },
      fc.nat(whole.length - 1),
    );
    const flip = fc.record({ at, mask: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
        const bytes = Buffer.from(whole);
        for (const { at, mask } of flips) bytes[at] ^= mask;
        return readAll(bytes);
      }),
      { numRuns },
    );
  });
});
