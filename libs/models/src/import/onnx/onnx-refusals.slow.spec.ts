import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../classifier/classifier';
import { efficientNet, options, sourceOf } from '../../classifier/small-networks.fixture';
import { WeightsFormatError } from '../../errors';
import { exportOnnx } from '../../export/onnx/export-onnx';
import { valueMessage } from '../../export/onnx/onnx-proto';
import { foreign, node } from './foreign-model.fixture';
import { readOnnxClassifier } from './onnx-classifier';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readBytes(bytes: Uint8Array) {
  const path = join(folder, 'read.onnx');
  await writeFile(path, bytes);
  return readOnnxClassifier(path);
}

describe('refuses', () => {
  const value = (dims: (number | string)[], name = 'x') => [valueMessage(name, dims)];
  const typed = (elemType: number) => {
    const [input] = value(['N', 3, 224, 224]);
    return [{ ...input, type: { tensorType: { ...input.type.tensorType, elemType } } }];
  };
  const attribute = (content: object) => [node('Op', 'x', 'y', { attribute: [content] })];
  const tensor = (rest: object) => [{ name: 'w', dims: [1], dataType: 1, ...rest }];
  const opaque = Uint8Array.of(1, 2, 3);

  it.each([
    ['a graph with functions', {}, { functions: [opaque] }, 'custom functions'],
    ['old operators', {}, { opsetImport: [{ domain: '', version: 6 }] }, 'operator set is 6'],
    ['no operators', {}, { opsetImport: [{ domain: 'x', version: 6 }] }, 'does not name a version'],
    ['an old form', {}, { irVersion: 2 }, 'IR version is 2'],
    [
      'operators of others',
      { node: [node('Inverse', 'x', 'y', { domain: 'com.microsoft' })] },
      {},
      'Inverse is of the domain "com.microsoft"',
    ],
    ['a graph in a graph', { node: attribute({ g: opaque }) }, {}, 'nested graphs'],
    ['graphs in a graph', { node: attribute({ graphs: [opaque] }) }, {}, 'nested graphs'],
    ['sparse constants', { node: attribute({ sparseTensor: opaque }) }, {}, 'sparse weights'],
    ['sparse weights', { sparseInitializer: [opaque] }, {}, 'sparse weights'],
    ['weights elsewhere', { initializer: tensor({ dataLocation: 1 }) }, {}, 'in another file'],
    [
      'weights of files',
      { initializer: tensor({ externalData: [{ key: 'location', value: 'w.data' }] }) },
      {},
      'in another file, "w.data": upload that file too',
    ],
    [
      'constants elsewhere',
      { node: attribute({ t: tensor({ dataLocation: 1 })[0] }) },
      {},
      'in another file',
    ],
    ['sides below zero', { initializer: tensor({ dims: [-1] }) }, {}, 'a side of -1'],
    [
      'several inputs',
      { input: [...value([1]), ...value([1], 'z')] },
      {},
      '2 instead of one input',
    ],
    ['no output', { output: [] }, {}, '0 instead of one output'],
    ['three axes', { input: value(['N', 3, 224]) }, {}, '"x" has 3 axes'],
    ['no shape', { input: [{ name: 'x', type: { tensorType: { elemType: 1 } } }] }, {}, 'no shape'],
    ['no tensor', { input: [{ name: 'x' }] }, {}, 'not of float32'],
    ['bytes', { input: typed(2) }, {}, '"x" is not of float32'],
    ['grey', { input: value(['N', 1, 224, 224]) }, {}, '[?, 1, 224, 224] does not show'],
    ['three by three', { input: value(['N', 3, 3, 3]) }, {}, 'does not show'],
    ['oblongs', { input: value(['N', 3, 224, 192]) }, {}, '224×192 pixels, not squares'],
    ['crowds', { input: value([257, 3, 224, 224]) }, {}, 'takes 257 images at once'],
    ['no images', { input: value([0, 3, 224, 224]) }, {}, 'no length'],
    ['unknown classes', { output: value(['N', 'C'], 'y') }, {}, 'number of classes'],
    ['maps', { output: value(['N', 7, 1, 1], 'y') }, {}, '"y" has 4 axes'],
    ['other batches', { output: value([2, 7], 'y') }, {}, '"y" is for 2 images'],
  ])('%s', async (_, graph, model, message) => {
    const error: unknown = await readBytes(foreign(graph, model)).catch((error) => error);
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect((error as WeightsFormatError).reason).toContain(message);
  });

  it.each([
    ['labels', '["cat"]', 'it has 1 labels for 7 classes'],
    ['labels', '{', 'its metadata "labels" is not valid JSON'],
    ['labels', '[1]', 'its metadata "labels" is not a list of strings'],
    ['preprocessing', '{"imageSize":-1}', 'its metadata "preprocessing" is not a preprocessing'],
  ])('an export whose %s is %s', async (key, value, message) => {
    const model = { producerName: 'Coatrack', metadataProps: [{ key, value }] };
    await expect(readBytes(foreign({}, model))).rejects.toThrow(message);
    expect((await readBytes(foreign({}, { ...model, producerName: 'x' }))).described).toEqual({});
  });

  it.each([
    ['nothing', '', 'it contains no graph'],
    ['a length beyond the end', '3affffffffffffffff7f', 'reaches to'],
    ['a number without an end', 'ffffffffffffffffffffffff', 'does not end'],
    ['a group', '0b', 'unknown type 3'],
    ['a number for a graph', '3801', 'a number where contents should be'],
    ['two graphs', '3a003a00', 'two graphs'],
    ['a name that is no text', '1202ffff3a00', 'not UTF-8'],
  ])('%s', async (_, hex, message) => {
    await expect(readBytes(Buffer.from(hex, 'hex'))).rejects.toThrow(message);
  });

  it('more fields than any classifier has, and more text', async () => {
    const fields = Buffer.alloc(3_000_000, Buffer.from('0801', 'hex'));
    await expect(readBytes(fields)).rejects.toThrow('more than 1000000 fields');
    const value = 'x'.repeat(2 ** 25);
    const model = { metadataProps: [{ key: 'k', value }] };
    await expect(readBytes(foreign({}, model))).rejects.toThrow('names and metadata take more');
  });
});

describe('a damaged file', () => {
  let exported: Buffer;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    const source = await sourceOf(new Classifier(efficientNet, options));
    const path = join(folder, 'exported.onnx');
    await exportOnnx(efficientNet, source, { ...options, precision: 'fp32', path });
    exported = await readFile(path);
  });

  /** @returns undefined if it can be read */
  async function errorOf(bytes: Uint8Array): Promise<unknown> {
    return readBytes(bytes).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('is refused wherever it is cut off', async () => {
    const length = fc.integer({ min: 0, max: exported.length - 1 });
    const refused = async (length: number) => {
      expect(await errorOf(exported.subarray(0, length))).toBeInstanceOf(WeightsFormatError);
    };
    await fc.assert(fc.asyncProperty(length, refused), { numRuns: 200 });
  });

  it('is refused or read, whichever bits are flipped', async () => {
    // Most bytes are weights, so half of the flips target the structure.
    const structure = exported.lastIndexOf('Gemm') + 200;
    const at = fc.oneof(fc.nat(structure), fc.nat(exported.length - 1));
    const flips = fc.array(fc.tuple(at, fc.nat(7)), { minLength: 1, maxLength: 8 });
    const survived = async (flips: [number, number][]) => {
      const bytes = Buffer.from(exported);
      for (const [place, bit] of flips) bytes[place] ^= 1 << bit;
      const error = await errorOf(bytes);
      if (error !== undefined) expect(error).toBeInstanceOf(WeightsFormatError);
    };
    await fc.assert(fc.asyncProperty(flips, survived), { numRuns: 500 });
  });

  it('is refused when it is anything else', async () => {
    const refused = async (bytes: Uint8Array) => {
      expect(await errorOf(bytes)).toBeInstanceOf(WeightsFormatError);
    };
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), refused), {
      numRuns: 300,
    });
  });
});
