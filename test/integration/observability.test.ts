import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminKey, createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { solidImage } from './support/images';
import { predict } from './support/predict';
import { safetensors, tensorsOf } from './support/weights';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

let house: TestHouse;
let api: RunningApi;
let collector: Server;
const spans: Span[] = [];

/** What a collector of OpenTelemetry takes: JSON over HTTP. */
async function startCollector(): Promise<string> {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      for (const { scopeSpans } of body.resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  house = await createHouse();
  api = await startApi({
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_LOG: 'json',
    OTEL_EXPORTER_OTLP_ENDPOINT: await startCollector(),
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  const config = JSON.stringify({ architecture: 'efficientnetv2_b0', labels: ['a', 'b'] });
  const weights = safetensors(tensorsOf('efficientnetv2_b0', 2));
  await api.client.upload('/models/m/versions', { config, weights });
});

afterAll(async () => {
  await api?.stop();
  collector?.close();
  await house?.remove();
});

async function ask(headers: Record<string, string> = {}, body?: string) {
  return predict(api.client, 'm/predict', body ?? (await solidImage(200, 10, 10)), headers);
}

const metrics = async () => (await api.client.get<Buffer>('//metrics')).body.toString();

/** The value of a metric; undefined where there is none with such labels. */
function valueOf(text: string, name: string, labels: Record<string, string> = {}) {
  const line = text
    .split('\n')
    .find(
      (each) =>
        new RegExp(`^${name}[ {]`).test(each) &&
        Object.entries(labels).every(([label, value]) => each.includes(`${label}="${value}"`)),
    );
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

it('Prometheus gets metrics of requests, images and the process', async () => {
  expect((await new Client(api.url).get('//metrics')).status).toBe(401);
  const before = await metrics();
  const version = { model: 'm', version: '1' };
  expect(valueOf(before, 'coatrack_prediction_images_total', version)).toBeUndefined();

  const answers = await Promise.all([ask(), ask(), ask({}, 'no image')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 422]);
  await api.client.get('/models/no-such-model');
  await api.client.get('//no/such/route');
  const text = await metrics();
  const predictions = 'coatrack_prediction_duration_seconds_count';
  expect(valueOf(text, predictions, { ...version, outcome: 'ok' })).toBe(2);
  expect(valueOf(text, predictions, { ...version, outcome: 'NOT_AN_IMAGE' })).toBe(1);
  expect(valueOf(text, 'coatrack_prediction_images_total', { outcome: 'ok' })).toBe(2);
  expect(valueOf(text, 'coatrack_decode_duration_seconds_count', version)).toBe(2);
  expect(valueOf(text, 'coatrack_queue_duration_seconds_count', version)).toBe(2);
  expect(valueOf(text, 'coatrack_batch_images_sum', version)).toBe(2);
  expect(valueOf(text, 'coatrack_compute_duration_seconds_sum', version)).toBeGreaterThan(0);
  expect(valueOf(text, 'coatrack_queue_images', version)).toBe(0);
  expect(valueOf(text, 'coatrack_model_bytes', { state: 'ready' })).toBeGreaterThan(20e6);
  expect(valueOf(text, 'coatrack_jobs', { state: 'queued' })).toBe(0);
  expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(50e6);
  expect(valueOf(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);

  const requests = 'coatrack_http_request_duration_seconds_count';
  const route = '/api/v1/models/:name/predict';
  expect(valueOf(text, requests, { method: 'POST', route, status: '200' })).toBe(2);
  expect(valueOf(text, requests, { method: 'POST', route, status: '422' })).toBe(1);
  expect(valueOf(text, requests, { route: 'none', status: '404' })).toBe(1);
  expect(text).not.toContain('no-such-model');
});

it('every request is logged as one line of JSON with its id and without secrets', async () => {
  const id = 'my-own-request.1';
  const query = '?versions=none&token=secret-in-query';
  const { headers } = await api.client.get(`/compare${query}`, { 'X-Request-Id': id });
  expect(headers.get('X-Request-Id')).toBe(id);
  const lines = () =>
    api
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await expect
    .poll(() => lines().find(({ requestId }) => requestId === id))
    .toMatchObject({
      level: 'log',
      context: 'Request',
      message: 'GET /api/v1/compare 422',
      method: 'GET',
      route: '/api/v1/compare',
      status: 422,
      timestamp: expect.any(Number),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  expect(lines().some(({ path }) => path === '/metrics')).toBe(false);
  expect(api.output()).not.toMatch(new RegExp(`secret-in-query|${adminKey}`));
});

it("a request is traced as part of its caller's trace", async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const caller = 'b7ad6b7169203331';
  await ask({ traceparent: `00-${traceId}-${caller}-01` });
  const found = () => spans.filter((span) => span.traceId === traceId);
  await expect.poll(() => found().length).toBe(2);
  const request = found().find(({ parentSpanId }) => parentSpanId === caller)!;
  expect(request.name).toBe('POST /api/v1/models/:name/predict');
  const attributes = Object.fromEntries(
    request.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
  expect(attributes).toMatchObject({
    'http.response.status_code': 200,
    'coatrack.model': 'm',
    'coatrack.outcome': 'ok',
  });
  const decode = found().find((span) => span !== request)!;
  expect(decode).toMatchObject({ name: 'decode', parentSpanId: request.spanId });
  expect(JSON.stringify(spans)).not.toContain(adminKey);
});
