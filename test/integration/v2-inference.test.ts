import { preprocess } from '@coatrack/images';
import { describe, expect } from 'vitest';
import { type RunningApi, startApi, type TestHouse } from './support/api';
import { it } from './support/fixture';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { predict } from './support/predict';
import { bytesElement, encodedImages, infer } from './support/v2';

const labels = ['cat', 'dog', 'red fox'];
const size = 32;

let house: TestHouse;
let api: RunningApi;
let preprocessing: Awaited<ReturnType<typeof uploadPets>>;
/** Encoded images and, in the order of the labels, what predict says of them. */
let images: Buffer[];
let expected: number[][];

it.override('settings', { COATRACK_EXECUTOR: 'onnxruntime' });

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
  preprocessing = await uploadPets(api.client, { labels, imageSize: size, seeds: [1, 1] });
  images = [
    await solidImage(250, 20, 20),
    await solidImage(10, 30, 240),
    await solidImage(9, 9, 9),
  ];
  expected = await Promise.all(images.map(predicted));
});

async function predicted(bytes: Buffer): Promise<number[]> {
  const { body } = await predict(api.client, 'pets/predict', bytes);
  const [{ predictions }] = body.results as [(typeof body.results)[number]];
  return labels.map((label) => predictions.find((one) => one.label === label)!.probability);
}

/** All images as the network takes them. */
async function tensor(layout: 'NCHW' | 'NHWC'): Promise<Float32Array> {
  const all = await Promise.all(
    images.map((bytes) => preprocess(bytes, preprocessing, { layout })),
  );
  return Float32Array.from(all.flatMap((values) => [...values]));
}

const probabilities = (extra: object = {}) => [{ name: 'probabilities', ...extra }];

function expectRows(data: readonly unknown[] | undefined): void {
  expect(data).toHaveLength(expected.length * labels.length);
  expected.flat().forEach((value, index) => expect(data?.[index]).toBeCloseTo(value, 4));
}

describe('inference', () => {
  it('accepts encoded images in base64 and answers like predict', async () => {
    const { status, body } = await infer(api.client, 'pets', {
      id: 'a1',
      inputs: [encodedImages(images)],
    });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ model_name: 'pets', model_version: '2', id: 'a1' });
    const [logits, shares] = body.outputs;
    expect([logits, shares]).toMatchObject([
      { name: 'logits', datatype: 'FP32', shape: [3, 3] },
      { name: 'probabilities', datatype: 'FP32', shape: [3, 3] },
    ]);
    expectRows(shares!.data);
    const powers = (logits!.data as number[]).map(Math.exp);
    const row = (index: number) => powers.slice(3 * index, 3 * index + 3);
    const sums = expected.map((_, index) => row(index).reduce((sum, power) => sum + power));
    expectRows(powers.map((power, index) => power / sums[Math.floor(index / 3)]!));
  });

  it('accepts numbers in both layouts, flat and nested', async () => {
    const nchw = [...(await tensor('NCHW'))];
    const nhwc = [...(await tensor('NHWC'))];
    const nested = (values: number[], [length, ...inner]: number[]): unknown[] =>
      inner.length === 0
        ? values
        : Array.from({ length: length! }, (_, index) =>
            nested(
              values.slice(
                (index * values.length) / length!,
                ((index + 1) * values.length) / length!,
              ),
              inner,
            ),
          );
    for (const [shape, data] of [
      [[3, 3, size, size], nchw],
      [[3, size, size, 3], nhwc],
      [[3, size, size, 3], nested(nhwc, [3, size, size, 3])],
    ]) {
      const { body } = await infer(api.client, 'pets', {
        inputs: [{ name: 'images', datatype: 'FP32', shape, data }],
        outputs: probabilities(),
      });
      expectRows(body.outputs?.[0]?.data);
    }
  });

  it('accepts and returns binary data with any alignment', async () => {
    const values = await tensor('NCHW');
    const binary = Buffer.from(values.buffer);
    for (const id of ['', 'b', 'bc', 'bcd']) {
      const answer = await infer(
        api.client,
        'pets/versions/1',
        {
          id,
          parameters: { binary_data_output: true },
          inputs: [
            {
              name: 'images',
              datatype: 'FP32',
              shape: [3, 3, size, size],
              parameters: { binary_data_size: binary.length },
            },
          ],
          outputs: [
            ...probabilities(),
            { name: 'logits', parameters: { binary_data: false, classification: 1 } },
          ],
        },
        [binary],
      );
      expect(answer.body).toMatchObject({
        id,
        model_version: '1',
        outputs: [
          { shape: [3, 3], parameters: { binary_data_size: 36 } },
          { shape: [3, 1], datatype: 'BYTES' },
        ],
      });
      expect(answer.binary).toHaveLength(36);
      const shares = Array.from({ length: 9 }, (_, index) => answer.binary.readFloatLE(4 * index));
      expectRows(shares);
    }
  });

  it('accepts half precision and encoded images as binary data', async () => {
    const shape = [3, 3, size, size];
    const half = Buffer.from(halves(await tensor('NCHW')).buffer);
    const elements = Buffer.concat(images.map(bytesElement));
    for (const [input, binary, digits] of [
      [{ name: 'images', datatype: 'FP16', shape }, half, 2],
      [{ name: 'encoded_images', datatype: 'BYTES', shape: [3] }, elements, 4],
      // The input's name before.
      [{ name: 'pictures', datatype: 'BYTES', shape: [3] }, elements, 4],
    ] as const) {
      const parameters = { binary_data_size: binary.length };
      const request = { inputs: [{ ...input, parameters }], outputs: probabilities() };
      const { body } = await infer(api.client, 'pets', request, [binary]);
      const data = body.outputs?.[0]?.data ?? [];
      expected.flat().forEach((value, index) => expect(data[index]).toBeCloseTo(value, digits));
    }
  });

  it('returns the highest values with their labels for a classification', async () => {
    for (const binary_data of [false, true]) {
      const answer = await infer(api.client, 'pets@best', {
        inputs: [encodedImages(images.slice(0, 1))],
        outputs: probabilities({ parameters: { classification: 2, binary_data } }),
      });
      const [output] = answer.body.outputs;
      expect(output).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
      const texts = binary_data ? elementsOf(answer.binary) : (output!.data as string[]);
      const order = [0, 1, 2].sort((a, b) => expected[0]![b]! - expected[0]![a]!).slice(0, 2);
      expect(texts.map((text) => text.split(':').slice(1))).toEqual(
        order.map((index) => [String(index), labels[index]]),
      );
      expect(Number(texts[0]!.split(':')[0])).toBeCloseTo(expected[0]![order[0]!]!, 4);
    }
  });

  it('batches images of both protocols together', async () => {
    const own = await startApi({
      ...house.environment,
      COATRACK_EXECUTOR: 'onnxruntime',
      COATRACK_MAX_BATCH: '4',
      COATRACK_BATCH_DELAY_MS: '10000',
    });
    try {
      const [first] = await Promise.all([
        predict(own.client, 'pets/predict', images[0]!),
        infer(own.client, 'pets', { inputs: [encodedImages(images)] }),
      ]);
      expect(first.body.batchSizes).toEqual([4]);
      const { body } = await own.client.get('//v2/models/pets/stats');
      expect(body).toMatchObject({
        model_stats: [
          {
            name: 'pets',
            version: '2',
            inference_count: 4,
            execution_count: 1,
            inference_stats: {
              success: { count: 2, ns: expect.any(Number) },
              fail: { count: 0, ns: 0 },
              compute_input: { count: 4 },
              compute_infer: { count: 1 },
            },
            batch_stats: [{ batch_size: 4, compute_infer: { count: 1 } }],
          },
        ],
      });
    } finally {
      await own.stop();
    }
  });
});

function elementsOf(binary: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < binary.length;) {
    const end = at + 4 + binary.readUInt32LE(at);
    texts.push(binary.subarray(at + 4, end).toString());
    at = end;
  }
  return texts;
}

/** Single precision → half, cut off; for values whose exponent both have. */
function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer);
  return Uint16Array.from(bits, (word) => {
    const exponent = ((word >>> 23) & 0xff) - 112;
    if (exponent <= 0) return 0;
    return ((word >>> 16) & 0x8000) | (exponent << 10) | ((word >>> 13) & 0x3ff);
  });
}
