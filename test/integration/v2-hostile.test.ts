import { findArchitecture } from '@coatrack/models';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { solidImage } from './support/images';
import { bytesElement, infer, inferenceBody } from './support/v2';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const size = 32;
const values = 3 * size * size;
const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: size };
const config = JSON.stringify({ architecture, labels: ['a', 'b'], preprocessing });

let house: TestHouse;
let api: RunningApi;
let png: Buffer;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi({
    ...house.environment,
    COATRACK_EXECUTOR: 'onnxruntime',
    COATRACK_MAX_PREDICT_BYTES: String(40 * 1024 ** 2),
    // Networks in memory are not what is looked at.
    COATRACK_INFERENCE_INSTANCES: '1',
    COATRACK_MAX_PREDICT_IMAGES: '4',
    COATRACK_MAX_IMAGE_BYTES: '100000',
  });
  const weights = safetensors(tensorsOf(architecture, 2));
  await api.client.upload('/models/m/versions', { config, weights });
  await api.client.put('/models/m/aliases/best', { version: 1 });
  png = await solidImage(1, 2, 3);
});

afterAll(async () => {
  expect((await infer(api.client, 'm', { inputs: [encoded()] })).status).toBe(200);
  expect(await api.stop()).toBe(0);
  expect(api.output()).not.toMatch(/ERROR/);
  await house.remove();
});

const tensor = (extra: object = {}) => ({
  name: 'images',
  datatype: 'FP32',
  shape: [1, 3, size, size],
  data: Array(values).fill(0),
  ...extra,
});
const encoded = (extra: object = {}) => ({
  name: 'encoded_images',
  datatype: 'BYTES',
  shape: [1],
  data: [png.toString('base64')],
  ...extra,
});
const binary = (bytes: number) => ({ data: undefined, parameters: { binary_data_size: bytes } });
const number = (value: number) => {
  const bytes = Buffer.alloc(4 * values);
  bytes.writeFloatLE(value, 40);
  return bytes;
};

type Case = [what: string, request: () => unknown, message: string, binary?: Buffer[]];

const inputs = (...all: object[]) => ({ inputs: all });
const cases: Case[] = [
  ['another image size', () => inputs(tensor({ shape: [1, 3, 16, 64] })), 'must be [n, 3, 32, 32]'],
  [
    'a shape without its numbers',
    () => inputs(tensor({ shape: [2, 3, size, size] })),
    'must be 6144',
  ],
  [
    'a shape beyond all memory',
    () => inputs(tensor({ shape: [1, 2e9, 2e9, 2e9] })),
    'must be 8e+27',
  ],
  ['a shape beyond all integers', () => inputs(tensor({ shape: [1, 1e300, 1, 1] })), 'shape.1'],
  ['too many images', () => inputs(tensor({ shape: [5, 3, size, size] })), 'at most 4 images'],
  ['no images', () => inputs(tensor({ shape: [0, 3, size, size], data: [] })), 'must not be 0'],
  ['one image without its axis', () => inputs(tensor({ shape: [3, size, size] })), '4 axes'],
  [
    'another type',
    () => inputs(tensor({ datatype: 'INT64' })),
    'must be FP32 or FP16, not "INT64"',
  ],
  ['half precision in JSON', () => inputs(tensor({ datatype: 'FP16' })), 'must be FP32 where'],
  [
    'text for numbers',
    () => inputs(tensor({ data: Array(values).fill('1') })),
    'must be 3072 numbers',
  ],
  [
    'numbers beyond single precision',
    () => inputs(tensor({ data: Array(values).fill(1e60) })),
    'is Inf',
  ],
  ['NaN', () => inputs(tensor(binary(4 * values))), 'value 10 is NaN', [number(NaN)]],
  ['infinity', () => inputs(tensor(binary(4 * values))), 'value 10 is -Inf', [number(-Infinity)]],
  [
    'too few bytes',
    () => inputs(tensor(binary(4 * values))),
    'are left after',
    [number(0).subarray(1)],
  ],
  [
    'a size unlike the shape',
    () => inputs(tensor(binary(40))),
    'has 40 bytes; shape',
    [Buffer.alloc(40)],
  ],
  ['both inputs', () => inputs(tensor(), encoded()), 'not both'],
  ['an input twice', () => inputs(encoded(), encoded()), 'occurs twice'],
  [
    'an unknown input',
    () => inputs(encoded({ name: 'input_1' })),
    'must be "images" or "encoded_images"',
  ],
  [
    'an unknown output',
    () => ({ ...inputs(encoded()), outputs: [{ name: 'x' }] }),
    'must be "logits" or',
  ],
  [
    'an output twice',
    () => ({ ...inputs(encoded()), outputs: Array(2).fill({ name: 'logits' }) }),
    'twice',
  ],
  ['text that is not base64', () => inputs(encoded({ data: ['*'] })), 'a base64 string'],
  ['an empty image', () => inputs(encoded({ data: [''] })), 'is empty'],
  [
    'fewer images than it says',
    () => inputs(encoded({ shape: [2] })),
    'a list of 2 base64 strings',
  ],
  [
    'a number for an image',
    () => inputs(encoded({ datatype: 'UINT8', data: [1] })),
    'must be BYTES',
  ],
  ['something that is not an image', () => inputs(encoded({ data: ['aGVsbG8='] })), ''],
  [
    'an element longer than the rest',
    () => inputs(encoded(binary(5))),
    'element 0 declares 9',
    [Buffer.from([9, 0, 0, 0, 1])],
  ],
  [
    'an element of 4 GiB',
    () => inputs(encoded(binary(4))),
    'element 0 declares 4294967295',
    [Buffer.alloc(4, 255)],
  ],
  ['a list for a request', () => [], 'request'],
  ['no inputs', () => ({}), 'inputs'],
];

describe('an inference request', () => {
  it.each(cases)('is refused with %s', async (_, request, message, bytes) => {
    const { status, body } = await infer(api.client, 'm', request(), bytes);
    expect([status, Object.keys(body)]).toEqual([400, ['error']]);
    expect(body.error).toContain(message);
  });

  it('is refused with an image that is too large', async () => {
    const element = bytesElement(Buffer.alloc(100_001));
    const { status } = await infer(api.client, 'm', inputs(encoded(binary(element.length))), [
      element,
    ]);
    expect(status).toBe(413);
  });

  it('is refused if the network overflows', async () => {
    const weights = safetensors(tensorsOf(architecture, 2), 1);
    await api.client.upload('/models/loud/versions', { config, weights });
    const bytes = Buffer.from(new Float32Array(values).fill(3e38).buffer);
    const { status, body } = await infer(api.client, 'loud', inputs(tensor(binary(bytes.length))), [
      bytes,
    ]);
    expect([status, body.error]).toEqual([400, expect.stringContaining('overflows')]);
  });
});

describe('headers', () => {
  it.each(['0', '1', '9999999', '-1', 'abc', '1e3'])('that say %j of the JSON', async (length) => {
    const { body } = inferenceBody(inputs(encoded()));
    const answer = await post('m', {
      body,
      headers: { 'Inference-Header-Content-Length': length },
    });
    expect(answer.status).toBe(400);
  });

  it('that name an encoding', async () => {
    const answer = await post('m', { body: '{}', headers: { 'Content-Encoding': 'gzip' } });
    expect(answer.status).toBe(415);
  });

  it('that promise more than comes, or more than is taken', async () => {
    expect(await broken({ 'Content-Length': 10_000 })).toBeUndefined();
    expect(await broken({ 'Content-Length': 10_000_000_000 })).toBe(413);
  });

  it('are bounded in what they hold in memory', async () => {
    const bodies = [
      '['.repeat(16_000_000),
      `{"inputs":[${'{},'.repeat(5_000_000)}{}]}`,
      `{"inputs":[{"name":"images","datatype":"FP32","shape":[1,3,32,32],"data":[${'1,'.repeat(8_000_000)}1]}]}`,
      ' '.repeat(39_000_000),
    ];
    const answers = await Promise.all([...bodies, ...bodies].map((body) => post('m', { body })));
    for (const { status, body } of answers) {
      expect([400, 413, 429]).toContain(status);
      expect(body).toEqual({ error: expect.any(String) });
    }
    const status = await readFile(`/proc/${api.pid}/status`, 'utf8').catch(() => 'VmHWM: 0 kB');
    const mebibytes = Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1024;
    expect(mebibytes).toBeLessThan(1000);
  });
});

function post(name: string, init: RequestInit) {
  return api.client.send<{ error: string }>('POST', `//v2/models/${name}/infer`, init);
}

/** The status, or undefined where the connection ends without one: after 100 bytes the client is gone. */
function broken(headers: Record<string, number>): Promise<number | undefined> {
  const url = `${api.url}/v2/models/m/infer`;
  const authorization = `Bearer ${api.client.key}`;
  return new Promise((resolve) => {
    const call = request(url, { method: 'POST', headers: { ...headers, authorization } });
    call.on('response', (response) => {
      resolve(response.statusCode);
      call.destroy();
    });
    call.on('error', () => resolve(undefined));
    call.write('x'.repeat(100));
    setTimeout(() => call.destroy(), 500);
  });
}
