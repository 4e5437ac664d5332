import { findArchitecture } from '@coatrack/models';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { solidImage } from './support/images';
import { encodedImages, infer } from './support/v2';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const size = 32;

let house: TestHouse;
let api: RunningApi;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi({
    ...house.environment,
    COATRACK_EXECUTOR: 'onnxruntime',
    COATRACK_MAX_PREDICT_IMAGES: '4',
    COATRACK_MAX_IMAGE_BYTES: '100000',
  });
  const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: size };
  await api.client.upload('/models/m/versions', {
    config: JSON.stringify({ architecture, labels: ['a', 'b'], preprocessing }),
    weights: safetensors(tensorsOf(architecture, 2)),
  });
  await api.client.put('/models/m/aliases/best', { version: 1 });
});

afterAll(async () => {
  const inputs = [encodedImages([await solidImage(1, 2, 3)])];
  expect((await infer(api.client, 'm', { inputs })).status).toBe(200);
  expect(await api.stop()).toBe(0);
  expect(api.output()).not.toMatch(/ERROR/);
  await house.remove();
});

describe('fuzzed requests', () => {
  const name = fc.oneof(
    fc.constantFrom('m', 'm@best', 'm:1', 'm@', 'nobody', '__proto__', 'stats', '..'),
    fc.string({ maxLength: 20 }),
  );
  const version = fc.oneof(fc.constantFrom('1', '0', '-1', '1e9'), fc.string({ maxLength: 8 }));
  const routes: [string, string][] = [
    ['GET', ''],
    ['GET', '/health/live'],
    ['GET', '/models/stats'],
    ['GET', '/models/:name'],
    ['GET', '/models/:name/ready'],
    ['GET', '/models/:name/stats'],
    ['GET', '/models/:name/versions/:version'],
    ['GET', '/models/:name/versions/:version/ready'],
    ['GET', '/models/:name/versions/:version/stats'],
    ['POST', '/repository/index'],
    ['POST', '/repository/models/:name/load'],
    ['POST', '/repository/models/:name/unload'],
    ['POST', '/models/:name/versions/:version/infer'],
    ['POST', '/models/:name/infer'],
  ];
  const scrap = fc.jsonValue({ maxDepth: 3 });
  /** What it should be, more often than not, or anything. */
  const mostly = (...right: unknown[]) =>
    fc.oneof({ arbitrary: fc.constantFrom(...right), weight: 4 }, { arbitrary: scrap, weight: 1 });
  const parameters = fc.dictionary(
    fc.constantFrom('binary_data_size', 'binary_data', 'classification', 'binary_data_output', 'x'),
    mostly(4, 12, 0, true, 1),
    { maxKeys: 2 },
  );
  const input = fc.record(
    {
      name: mostly('images', 'encoded_images'),
      datatype: mostly('FP32', 'FP16', 'BYTES'),
      shape: mostly([1], [1, 3, size, size], [2, 1], []),
      data: mostly(['iVBORw0KGgo='], Array(3 * size * size).fill(1), [[1]]),
      parameters,
    },
    { requiredKeys: ['name', 'datatype', 'shape'] },
  );
  const inference = fc.record(
    {
      inputs: fc.oneof(fc.array(input, { maxLength: 2 }), scrap),
      outputs: fc.array(fc.record({ name: mostly('logits', 'probabilities'), parameters })),
      id: mostly('1'),
      parameters,
    },
    { requiredKeys: ['inputs'] },
  );
  const json = fc.oneof(inference, scrap).map((value) => Buffer.from(JSON.stringify(value)));
  const tail = fc.uint8Array({ maxLength: 16 });
  const body = fc.oneof(
    fc.tuple(json, tail, fc.boolean()).map(([head, rest, told]) => ({
      bytes: Buffer.concat([head, rest]),
      length: told ? String(head.length) : undefined,
    })),
    fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      length: fc.option(fc.oneof(fc.nat(300).map(String), fc.constantFrom('-1', 'x')), {
        nil: undefined,
      }),
    }),
  );

  it.each(routes)('%s /v2%s never get a server error', async (method, route) => {
    await fc.assert(
      fc.asyncProperty(name, version, body, async (name, version, { bytes, length }) => {
        const path = route
          .replace(':name', encodeURIComponent(name))
          .replace(':version', encodeURIComponent(version));
        const headers: Record<string, string> =
          length === undefined ? {} : { 'Inference-Header-Content-Length': length };
        const answer = await api.client.send<object>(method, `//v2${path}`, {
          headers,
          ...(method === 'POST' ? { body: new Uint8Array(bytes) } : {}),
        });
        expect(answer.status).toBeLessThan(500);
        if (answer.status !== 200 && !('ready' in answer.body)) {
          expect(answer.body).toEqual({ error: expect.any(String) });
        }
      }),
      { numRuns: route.endsWith('infer') ? 200 : 50 },
    );
  });
});
