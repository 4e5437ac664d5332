import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Field, Writer } from 'protobufjs/light';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findArchitecture } from '../../architectures/catalogue';
import { Classifier } from '../../classifier/classifier';
import { efficientNet, options, sourceOf } from '../../classifier/small-networks.fixture';
import { cost } from '../../interpreters/cost/cost';
import { exportOnnx } from '../../export/onnx/export-onnx';
import { graphType, modelType, tensorType, valueMessage } from '../../export/onnx/onnx-proto';
import { foreign, graphOf, heading, node } from './foreign-model.fixture';
import { checkOnnxArchitecture, readOnnxClassifier } from './onnx-classifier';

let folder: string;
/** A file of exportOnnx. */
let exported: Buffer;
const told = {
  labels: ['cat', 'dog', 'naïve "quotes"', '猫', ''],
  preprocessing: efficientNet.preprocessing,
  licence: 'Apache-2.0',
  source: 'https://example.org/weights',
};

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-onnx-'));
  const source = await sourceOf(new Classifier(efficientNet, options));
  const path = join(folder, 'exported.onnx');
  await exportOnnx(efficientNet, source, { ...options, ...told, precision: 'fp32', path });
  exported = await readFile(path);
});
afterAll(() => rm(folder, { recursive: true }));

async function readBytes(bytes: Uint8Array) {
  const path = join(folder, 'read.onnx');
  await writeFile(path, bytes);
  return readOnnxClassifier(path);
}

describe('readOnnxClassifier', () => {
  it("an export's metadata is read back", async () => {
    const classifier = await readBytes(exported);
    expect(classifier).toMatchObject({
      irVersion: 8,
      opset: 17,
      batch: null,
      imageSize: 32,
      classes: 5,
      input: { name: 'images', layout: 'NCHW' },
      output: { name: 'logits', values: 'logits' },
      described: { architecture: 'efficientnetv2_b0', ...told },
    });
    // Folding leaves one vector of each batch norm's four, as a convolution's bias.
    const { parameters } = cost(efficientNet, options);
    expect(classifier.parameters / parameters).toBeGreaterThan(0.9);
    expect(classifier.parameters / parameters).toBeLessThan(1.01);
  });

  it('the features output of an export is found', async () => {
    expect((await readBytes(exported)).features).toBeNull();
    const source = await sourceOf(new Classifier(efficientNet, options));
    const path = join(folder, 'features.onnx');
    const given = { ...options, precision: 'fp16', path, features: true } as const;
    await exportOnnx(efficientNet, source, given);
    expect(await readOnnxClassifier(path)).toMatchObject({
      output: { name: 'logits', values: 'logits' },
      features: { name: 'features' },
      classes: 5,
    });
  });

  it.each([
    [['N', 3, 224, 224], { batch: null, imageSize: 224, input: { name: 'x', layout: 'NCHW' } }],
    [[1, 'h', 'w', 3], { batch: 1, imageSize: null, input: { name: 'x', layout: 'NHWC' } }],
    [[-1, 3, -1, -1], { batch: null, imageSize: null, input: { name: 'x', layout: 'NCHW' } }],
  ])('layout and size are inferred from [%s]', async (dims, expected) => {
    const output = [valueMessage('y', [dims[0], 7])];
    const read = await readBytes(foreign({ input: [valueMessage('x', dims)], output }));
    expect(read).toMatchObject({ ...expected, classes: 7, described: {} });
  });

  it('probabilities are distinguished from logits', async () => {
    const steps = [node('Softmax', 'x', 'a'), node('Cast', 'a', 'b'), node('Identity', 'b', 'y')];
    const { output } = await readBytes(foreign({ node: steps }));
    expect(output.values).toBe('probabilities');
    const other = await readBytes(foreign({ node: [node('Softmax', 'x', 'a'), steps[2]] }));
    expect(other.output.values).toBe('logits');
  });

  it.each([
    ['x / 255', [['Mul', [1 / 255]]], 255],
    [
      'x / 127.5 − 1',
      [
        ['Div', [127.5]],
        ['Sub', [1]],
      ],
      255,
    ],
    [
      '(x − mean) / deviation',
      [
        ['Sub', [0.485, 0.456, 0.406]],
        ['Div', [0.229, 0.224, 0.225]],
      ],
      1,
    ],
    [
      '(x − mean of 255) / deviation',
      [
        ['Sub', [123.7, 116.3, 103.5]],
        ['Mul', [0.017, 0.0175, 0.0174]],
      ],
      255,
    ],
    ['x − mean', [['Sub', [103.9, 116.8, 123.7]]], undefined],
    ['1 / x', [['Mul', [1e9]]], undefined],
  ] as [string, [string, number[]][], number | undefined][])(
    'preprocessing in the graph is recognised: %s',
    async (_, steps, most) => {
      const nodes = steps.map(([operator], at) =>
        node(operator, at === 0 ? 'x' : `s${at - 1}`, `s${at}`, {
          input: [at === 0 ? 'x' : `s${at - 1}`, `c${at}`],
        }),
      );
      const initializer = steps.map(([, values], at) => {
        const rawData = new Uint8Array(Float32Array.from(values).buffer);
        return { name: `c${at}`, dims: [1, values.length, 1, 1], dataType: 1, rawData };
      });
      const layer = node('Conv', `s${steps.length - 1}`, 'y');
      const { rescaling } = await readBytes(foreign({ node: [...nodes, layer], initializer }));
      if (most === undefined) expect(rescaling).toBe('unclear');
      else expect(rescaling).toEqual({ mean: [0, 0, 0], std: [1 / most, 1 / most, 1 / most] });
    },
  );

  it('a layer is not mistaken for preprocessing', async () => {
    expect((await readBytes(exported)).rescaling).toBeNull();
  });

  it('a final sigmoid is recognised', async () => {
    const steps = [node('Sigmoid', 'z', 'a'), node('Identity', 'a', 'y')];
    expect((await readBytes(foreign({ node: steps }))).sigmoid).toEqual({ input: 'z' });
  });

  it('operators of quantization are accepted', async () => {
    const step = node('QLinearAdd', 'x', 'y', { domain: 'com.microsoft' });
    expect((await readBytes(foreign({ node: [step] }))).classes).toBe(7);
  });

  it('weights are counted wherever they are, and constants among the inputs are recognised', async () => {
    const weight = { name: 'w', dims: [10, 20], dataType: 1, rawData: new Uint8Array(800) };
    const index = { name: 'i', dims: [1000], dataType: 7, rawData: new Uint8Array(8000) };
    const constant = node('Constant', 'x', 'c', { attribute: [{ name: 'value', t: weight }] });
    const read = await readBytes(
      foreign({
        node: [constant],
        initializer: [weight, index],
        input: [valueMessage('w', [10, 20]), valueMessage('x', ['N', 3, 8, 8])],
      }),
    );
    expect(read).toMatchObject({ parameters: 400, imageSize: 8, input: { name: 'x' } });
  });

  it('weights are skipped without reading them', async () => {
    const path = join(folder, 'large.onnx');
    const bytes = 2 ** 30;
    const tensor = tensorType.encode({ name: 'w', dims: [bytes / 4], dataType: 1 }).finish();
    const rawData = Buffer.concat([tensor, start(tensorType.fields.rawData, bytes)]);
    const initializer = start(graphType.fields.initializer, rawData.length + bytes);
    const rest = graphType.encode(graphOf({})).finish();
    const graph = Buffer.concat([rest, initializer, rawData]);
    const model = modelType.encode(heading).finish();
    const file = await open(path, 'w');
    await file.write(
      Buffer.concat([model, start(modelType.fields.graph, graph.length + bytes), graph]),
    );
    // A hole, which takes no space on the disk.
    await file.truncate((await file.stat()).size + bytes);
    await file.close();
    const before = process.memoryUsage().rss;
    expect((await readOnnxClassifier(path)).parameters).toBe(bytes / 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(bytes / 8);
  });
});

describe('checkOnnxArchitecture', () => {
  const b0 = findArchitecture('efficientnetv2_b0');
  const large = (count: number, described: object = {}, imageSize: number | null = 224) => ({
    irVersion: 8,
    opset: 17,
    batch: null,
    imageSize,
    classes: 1000,
    parameters: count,
    input: { name: 'x', layout: 'NCHW' as const },
    output: { name: 'y', values: 'logits' as const },
    features: null,
    sigmoid: null,
    rescaling: null,
    metadata: {},
    described,
  });

  it.each([
    [large(25_557_032), 'its weights are 25557032 numbers; EfficientNetV2-B0 of 1000 classes has'],
    [large(3_504_872), 'its weights are 3504872 numbers'],
    [large(7e6, { architecture: 'coatnet_0' }), 'it says that it is coatnet_0'],
    [large(7e6, {}, 8), 'needs an image size'],
  ])('an architecture that does not match the graph is refused', (classifier, message) => {
    expect(() => checkOnnxArchitecture('x.onnx', classifier, b0)).toThrow(message);
  });

  it('a matching architecture is accepted at any image size', () => {
    checkOnnxArchitecture('x.onnx', large(7_080_000), b0);
    checkOnnxArchitecture('x.onnx', large(7_080_000, { architecture: b0.name }, null), b0);
  });
});

/** Encodes the bytes before a field's contents. */
function start({ id }: Field, length: number): Uint8Array {
  return Writer.create()
    .uint32((id << 3) | 2)
    .uint32(length)
    .finish();
}
