import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../classifier/initialize';
import { efficientNet } from '../classifier/small-networks.fixture';
import { cost } from '../interpreters/cost/cost';
import { openSafetensors } from '../weights/safetensors-reader';
import { writeSafetensors } from '../weights/safetensors-writer';
import type { WeightsTensor } from '../weights/weights-source';
import { classesOf } from './validate-weights';
import { importWeights } from './import-weights';
import { openWeights } from './open-weights';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { tensors: specs } = cost(efficientNet, { imageSize: 224, classes: 5 });

/** Random weights, as after a training. */
const tensors: WeightsTensor[] = specs.map((spec) => {
  const { name, shape, role } = spec;
  if (role === 'counter')
    return { name, shape, dtype: 'I64', data: async () => BigInt64Array.of(7n) };
  return {
    name,
    shape,
    dtype: 'F32',
    data: async () => initialize(spec, 1).map((value) => value + 0.25),
  };
});

async function opened(kept = tensors) {
  const path = join(folder, 'weights');
  await writeSafetensors(path, kept);
  return openWeights([{ name: 'w', path }], {
    architecture: efficientNet,
    temporaryFolder: folder,
  });
}

describe('an import', () => {
  it('a safetensors file that fits is kept unchanged', async () => {
    const weights = await opened();
    expect(classesOf(weights, efficientNet)).toBe(5);
    expect(importWeights(weights, { architecture: efficientNet, classes: 5 })).toBeUndefined();
    await weights.close();
  });

  it.each([
    ['is there', tensors],
    ['is not there', tensors.filter(({ name }) => !name.startsWith('classifier.'))],
  ])(
    'a new head is started for other classes and everything else is kept, if one %s',
    async (_, kept) => {
      const weights = await opened(kept);
      const path = join(folder, 'imported');
      const seen: number[] = [];
      const converted = importWeights(weights, {
        architecture: efficientNet,
        classes: 3,
        replaceHead: { seed: 9 },
        onTensor: (done, total) => seen.push(done / total),
      });
      await writeFile(path, converted!);
      const imported = await openSafetensors(path);
      expect([...imported.tensors.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
      expect(seen).toHaveLength(specs.length);
      expect(seen.at(-1)).toBe(1);
      for (const { name, head } of specs) {
        if (!head) expect(await imported.read(name), name).toEqual(await weights.read(name));
      }
      const head = cost(efficientNet, { imageSize: 224, classes: 3 }).tensors.filter(
        ({ head }) => head,
      );
      expect(head.map(({ shape }) => shape)).toEqual([[3, 24], [3]]);
      for (const spec of head) expect(await imported.read(spec.name)).toEqual(initialize(spec, 9));
      await Promise.all([imported.close(), weights.close()]);
    },
  );

  it('a dense weight is accepted for a 1×1 convolution', async () => {
    const flat = tensors.map((each) => {
      return each.shape.length === 4 && each.shape[3] === 1
        ? { ...each, shape: each.shape.slice(0, 2) }
        : each;
    });
    const weights = await opened(flat);
    const options = { architecture: efficientNet, classes: 5, replaceHead: { seed: 1 } };
    const path = join(folder, 'imported');
    await writeFile(path, importWeights(weights, options)!);
    const imported = await openSafetensors(path);
    expect(imported.tensors.get('conv_head.weight')?.shape).toEqual([24, 16, 1, 1]);
    expect(weights.tensors.get('conv_head.weight')?.shape).toEqual([24, 16]);
    await Promise.all([imported.close(), weights.close()]);
  });

  it('everything that does not fit is listed', async () => {
    const weights = await opened(tensors.slice(2));
    const importing = () => importWeights(weights, { architecture: efficientNet, classes: 4 });
    expect(importing).toThrow(/conv_stem.weight is missing.*classifier.bias has the shape/s);
    await weights.close();
  });
});

describe('a file of no known format', () => {
  it.each([
    ['nothing', '', 'it is empty'],
    ['text', 'GIF89a', 'it starts with the bytes 474946383961'],
  ])('is refused: %s', async (_, text, reason) => {
    const path = join(folder, 'w.safetensors');
    await writeFile(path, text);
    const opening = openWeights([{ name: 'w', path }], {
      architecture: efficientNet,
      temporaryFolder: folder,
    });
    await expect(opening).rejects.toMatchObject({
      name: 'WeightsFormatError',
      reason: expect.stringContaining(reason),
    });
  });
});

describe('weights that are spread over several files', () => {
  const half = tensors.length >> 1;
  const index = (...names: string[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(names.map((name) => [`of ${name}`, name])) });

  async function spread(parts: Record<string, readonly WeightsTensor[] | string>) {
    const files = Object.keys(parts).map((name) => ({ name, path: join(folder, name) }));
    for (const { name, path } of files) {
      const part = parts[name];
      if (typeof part === 'string') await writeFile(path, part);
      else await writeSafetensors(path, part);
    }
    return openWeights(files, { architecture: efficientNet, temporaryFolder: folder });
  }

  it.each([
    ['with their index', { 'model.safetensors.index.json': index('1', '2') }],
    ['alone', {}],
  ])('are joined: %s', async (_, more) => {
    const weights = await spread({ ...more, 1: tensors.slice(0, half), 2: tensors.slice(half) });
    const converted = importWeights(weights, { architecture: efficientNet, classes: 5 });
    const path = join(folder, 'joined');
    await writeFile(path, converted!);
    const joined = await openSafetensors(path);
    expect([...joined.tensors.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
    for (const { name, data } of tensors) {
      expect(await joined.read(name), name).toEqual(Float32Array.from(await data(), Number));
    }
    await Promise.all([weights.close(), joined.close()]);
  });

  it.each([
    ['a file is missing', { 'a.index.json': index('1', '2', '3'), 1: [], 2: [] }, /missing: 3$/],
    [
      'a tensor is in two',
      { 1: tensors, 2: tensors.slice(4, 5) },
      /"[\w.]+" is in 2 and in another/,
    ],
    ['the index is none', { 'a.index.json': '{}', 1: [], 2: [] }, /no "weight_map"/],
    ['the index is no JSON', { 'a.index.json': '{', 1: [], 2: [] }, /not valid JSON/],
    ['the index is alone', { 'a.index.json': index('1') }, /starts with the bytes/],
  ])('are refused if %s', async (_, parts, message) => {
    await expect(
      spread(parts as Record<string, readonly WeightsTensor[] | string>),
    ).rejects.toThrow(message);
  });
});
