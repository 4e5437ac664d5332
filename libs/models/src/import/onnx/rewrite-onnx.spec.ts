import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelType, valueMessage } from '../../export/onnx/onnx-proto';
import { foreign, node } from './foreign-model.fixture';
import { readOnnxClassifier } from './onnx-classifier';
import { joinOnnx, withTwoOutputs } from './rewrite-onnx';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onnx-rewrite-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { name, path };
}

interface Decoded {
  graph: {
    node: { opType: string; input: string[]; output: string[] }[];
    initializer: { name: string; rawData: Uint8Array; externalData: object[] }[];
    output: { name: string }[];
  };
}

async function decoded(bytes: AsyncIterable<Uint8Array>): Promise<Decoded> {
  return modelType.decode(await buffer(bytes)) as unknown as Decoded;
}

const inside = { name: 'b', dims: [2], dataType: 1, rawData: new Uint8Array(8).fill(9) };
const outside = (entries: Record<string, string>, rest: object = {}) => ({
  name: 'w',
  dims: [2, 2],
  dataType: 1,
  dataLocation: 1,
  externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  ...rest,
});

describe('weights in other files', () => {
  it('are merged into the graph without other changes', async () => {
    const data = await fileOf(
      'm.onnx.data',
      Uint8Array.from({ length: 30 }, (_, at) => at),
    );
    const tensor = outside({ location: 'sub/m.onnx.data', offset: '4', length: '16' });
    const { path } = await fileOf('m.onnx', foreign({ initializer: [tensor, inside] }));
    const { graph } = await decoded((await joinOnnx(path, [data]))!);
    const byName = new Map(graph.initializer.map((each) => [each.name, each]));
    expect([...byName.get('w')!.rawData]).toEqual(Array.from({ length: 16 }, (_, at) => at + 4));
    expect([...byName.get('b')!.rawData]).toEqual(new Array(8).fill(9));
    expect(byName.get('w')!.externalData).toEqual([]);
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Anything']);
    const joined = await fileOf('joined.onnx', await buffer((await joinOnnx(path, [data]))!));
    expect((await readOnnxClassifier(joined.path)).parameters).toBe(6);
  });

  it('are not needed by a graph that contains all its weights', async () => {
    const { path } = await fileOf('whole.onnx', foreign({ initializer: [inside] }));
    expect(await joinOnnx(path, [])).toBeUndefined();
  });

  it.each([
    [
      'that are not given',
      { location: 'x' },
      {},
      /in "x", which is not among .*uploaded files: m.data/,
    ],
    [
      'beyond the end',
      { location: 'm.data', offset: '20' },
      {},
      /16 bytes, but 16 from byte 20 of/,
    ],
    ['of another length', { location: 'm.data', length: '8' }, {}, /16 bytes, but 8 from byte 0/],
    ['at no place', { location: 'm.data', offset: '-1' }, {}, /"-1" is not a number of bytes/],
    [
      'of no type',
      { location: 'm.data' },
      { dataType: 8 },
      /of type 8, which is not a type of weights/,
    ],
  ])('are refused: %s', async (_, entries, rest, message) => {
    const data = await fileOf('m.data', new Uint8Array(30));
    const { path } = await fileOf('m.onnx', foreign({ initializer: [outside(entries, rest)] }));
    await expect(joinOnnx(path, [data])).rejects.toThrow(message);
  });
});

describe('one output', () => {
  it.each([
    ['a sigmoid', [node('Sigmoid', 'z', 'y')], 'z'],
    ['a logit', [node('Gemm', 'x', 'y')], 'y'],
  ])('becomes two: %s', async (_, steps, logit) => {
    const output = [valueMessage('y', ['N', 1])];
    const { path } = await fileOf('single.onnx', foreign({ node: steps, output }));
    const bytes = await buffer(await withTwoOutputs(path, await readOnnxClassifier(path)));
    const { graph } = await decoded([bytes] as unknown as AsyncIterable<Uint8Array>);
    expect(graph.output.map(({ name }) => name)).toEqual(['coatrack_logits']);
    expect(graph.node.at(-3)).toMatchObject({ opType: 'Cast', input: [logit] });
    expect(graph.node.at(-1)).toMatchObject({
      opType: 'Concat',
      input: ['coatrack_first', 'coatrack_second'],
    });
    const rewritten = await fileOf('two.onnx', bytes);
    expect(await readOnnxClassifier(rewritten.path)).toMatchObject({
      classes: 2,
      output: { values: 'logits' },
      sigmoid: null,
    });
  });
});
