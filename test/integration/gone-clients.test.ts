import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client as Postgres } from 'pg';
import { describe, expect } from 'vitest';
import { adminKey, type RunningApi, type TestHouse } from './support/api';
import { it } from './support/fixture';
import { solidImage } from './support/images';
import { uploadPets } from './support/pets';
import { predict } from './support/predict';
import { encodedImages, inferenceBody } from './support/v2';

const soon = { timeout: 30_000, interval: 20 };

let house: TestHouse;
let api: RunningApi;
let png: Buffer;

it.override('settings', {
  COATRACK_ENGINE: 'wasm',
  COATRACK_LOG: 'json',
});

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
  png = await solidImage(200, 10, 10, 40);
  await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 32, seeds: [1, 2] });
});

/** Sends a whole request, and goes away after some milliseconds without waiting for its answer. */
async function sendAndLeave(path: string, type: string, body: Uint8Array, ms: number) {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: coatrack',
    `Authorization: Bearer ${adminKey}`,
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ];
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
  await pause(ms);
  socket.destroy();
  await once(socket, 'close');
}

const form = () =>
  Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'),
    png,
    Buffer.from('\r\n--b--\r\n'),
  ]);

/** By content type: every way in which a body is read. */
const bodies: [string, string, () => Uint8Array][] = [
  ['an image', 'image/png', () => png],
  ['JSON', 'application/json', () => jsonBody()],
  ['a form', 'multipart/form-data; boundary=b', () => form()],
];
const jsonBody = () => Buffer.from(JSON.stringify({ images: [png.toString('base64')] }));

/** How many requests for a path have ended, by the log. */
const ended = (path: string) => api.output().split(`"path":"${path}"`).length - 1;

describe('a client that disconnects while its route is looked up', () => {
  it.each(bodies)('does not affect others (%s)', async (_, type, body) => {
    for (let round = 0; round < 15; round++) {
      const alias = `a${round}`;
      await api.client.put(`/models/pets/aliases/${alias}`, { version: 1 + (round % 2) });
      const leaving = [0, 1, 2, 3].map((ms) =>
        sendAndLeave(`/api/v1/models/pets/predict?alias=${alias}`, type, body(), ms),
      );
      await Promise.all(leaving);
    }
    expect((await predict(api.client, 'pets/predict?alias=best', png)).status).toBe(200);
  });

  it('does not affect others if the lookup ends much later', async () => {
    const blocker = new Postgres({ connectionString: house.database.url });
    blocker.on('error', () => undefined);
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE model_versions, model_aliases');
    const paths = ['/api/v1/models/pets/predict', '/v2/models/pets@slow/infer'];
    const before = paths.map(ended);
    const input = encodedImages([png]);
    const protocolBody = inferenceBody({ inputs: [input] }).body;
    for (const [, type, body] of bodies) {
      await sendAndLeave('/api/v1/models/pets/predict?version=2', type, body(), 20);
    }
    await sendAndLeave('/v2/models/pets@slow/infer', 'application/json', protocolBody, 20);
    await expect.poll(() => paths.map(ended), soon).toEqual([before[0]! + 3, before[1]! + 1]);
    await blocker.query('ROLLBACK');
    await blocker.end();
    expect((await predict(api.client, 'pets/predict?version=2', png)).status).toBe(200);
    expect((await api.client.get('//health/live')).status).toBe(200);
    expect(api.output()).not.toContain('Unhandled rejection');
  });
});
