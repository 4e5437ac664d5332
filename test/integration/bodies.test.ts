import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey, createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { uploadPets } from './support/pets';
import { solidImage } from './support/images';
import { predict } from './support/predict';
import { encodedImages, infer } from './support/v2';

const mebibyte = 1024 ** 2;
const maxBytes = 4 * mebibyte;
const size = 32;

let house: TestHouse;
let api: RunningApi;
let png: Buffer;
const sockets: Socket[] = [];

beforeAll(async () => {
  house = await createHouse();
  api = await startApi({
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_MAX_PREDICT_BYTES: String(maxBytes),
  });
  png = await solidImage(200, 10, 10, 40);
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: size, seeds: [1] });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await api?.stop();
  await house?.remove();
});

/** Begins a request whose body has no stated length, and sends some of it. */
async function begin(path: string, bytes: number): Promise<Socket> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  sockets.push(socket);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: coatrack',
    `Authorization: Bearer ${adminKey}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.write(`${bytes.toString(16)}\r\n`);
  socket.write(Buffer.alloc(bytes, ' '));
  return socket;
}

/** Small bodies on both ways. */
async function expectSmallOnesTaken(): Promise<void> {
  expect((await predict(api.client, 'pets/predict', png)).status).toBe(200);
  const inputs = [encodedImages([png])];
  expect((await infer(api.client, 'pets', { inputs })).status).toBe(200);
}

const routes = ['/api/v1/models/pets/predict', '/v2/models/pets/infer'];

describe.each(routes)('bodies in memory at %s', (path) => {
  it('count as they arrive: many slow bodies do not block others', async () => {
    const slow = await Promise.all(Array.from({ length: 8 }, () => begin(path, 10)));
    await expectSmallOnesTaken();
    for (const socket of slow) socket.destroy();
  });

  it('are limited together, but small ones are still accepted', async () => {
    const large = await Promise.all(
      Array.from({ length: 6 }, () => begin(path, maxBytes - mebibyte / 4)),
    );
    // Of six, four fit; who is refused hears so at once.
    const first = await Promise.race(large.map((socket) => once(socket, 'data')));
    expect(String(first)).toMatch(/^HTTP\/1.1 429 /);
    expect(String(first)).toMatch(/Retry-After: 1/i);
    await expectSmallOnesTaken();
    for (const socket of large) socket.destroy();
  });
});

describe('large JSON', () => {
  const json = { 'Content-Type': 'application/json' };
  /** An image of many bytes, whose pixels are those of another. */
  const padded = () => Buffer.concat([png, Buffer.alloc(1.5 * mebibyte)]);
  const ask = (images: unknown[]) =>
    predict(api.client, 'pets/predict', JSON.stringify({ images }), json);

  it('gives the same answer as small JSON', async () => {
    const [small, large] = [
      await ask([png.toString('base64')]),
      await ask([padded().toString('base64')]),
    ];
    expect(large.status, JSON.stringify(large.body)).toBe(200);
    expect(large.body.results).toEqual(small.body.results);
  });

  it('is refused with the same message as small JSON', async () => {
    const large = await ask([padded().toString('base64'), '?']);
    expect(large.status).toBe(422);
    expect(JSON.stringify(large.body)).toContain('must be in base64');
    const broken = await predict(api.client, 'pets/predict', ' '.repeat(2 * mebibyte), json);
    expect(broken.body).toMatchObject({ code: 'INVALID_JSON' });
  });

  it('is accepted by the Open Inference Protocol', async () => {
    const count = 64;
    const shape = [count, 3, size, size];
    const values = Float32Array.from({ length: count * 3 * size * size }, (_, at) => at % 97);
    const input = { name: 'images', datatype: 'FP32', shape };
    const large = await infer(api.client, 'pets', {
      inputs: [{ ...input, data: [...values].map((value) => value + 1e-9) }],
    });
    expect(large.status, JSON.stringify(large.body)).toBe(200);
    const bytes = Buffer.from(values.buffer);
    const binary = await infer(
      api.client,
      'pets',
      { inputs: [{ ...input, parameters: { binary_data_size: bytes.length } }] },
      [bytes],
    );
    expect(large.body.outputs).toEqual(binary.body.outputs);
    const encoded = await infer(api.client, 'pets', {
      inputs: [
        {
          name: 'encoded_images',
          datatype: 'BYTES',
          shape: [1],
          data: [padded().toString('base64')],
        },
      ],
    });
    expect(encoded.status, JSON.stringify(encoded.body)).toBe(200);
    const wrong = await infer(api.client, 'pets', {
      inputs: [{ ...input, shape: [1], data: [...values].map((value) => value + 0.125) }],
    });
    expect(wrong.body.error).toContain('must have 4 axes');
  });
});
