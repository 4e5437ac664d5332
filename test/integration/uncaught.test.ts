import { once } from 'node:events';
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from './jobs-events';
import {
  adminKey,
  createHouse,
  type RunningApi,
  startApi,
  startWorker,
  type TestHouse,
} from './support/api';
import { uploadPets } from './support/pets';
import { classFolders, solidImage } from './support/images';
import { predict } from './support/predict';
import type { RunningProcess } from './support/process';

const soon = { timeout: 30_000, interval: 20 };

let house: TestHouse;
let api: RunningApi;
let worker: RunningProcess;

beforeAll(async () => {
  house = await createHouse();
  const environment = {
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    NODE_OPTIONS: `--import ${pathToFileURL('test/integration/support/faults.mjs')}`,
  };
  api = await startApi(environment);
  worker = await startWorker(environment);
});

afterAll(async () => {
  await worker?.stop();
  await api?.stop();
  await house?.remove();
});

async function startFineTune(): Promise<string> {
  const file = await classFolders({ red: 4, green: 4 });
  await api.client.upload('/datasets', { name: 'colours', file });
  const { body } = await api.client.post<{ id: string }>('/jobs', {
    type: 'fine-tune',
    architecture: 'efficientnetv2_b0',
    dataset: 'colours',
    name: 'fresh',
    recipe: { imageSize: 32, epochs: 500, batchSize: 4, trainable: 'head' },
  });
  await readEvents(api.client, body.id, { until: ({ data }) => data.type === 'epoch' });
  return body.id;
}

describe('an uncaught error', () => {
  it('in the worker, if an exception, ends it in order and returns its job to the queue', async () => {
    const id = await startFineTune();
    process.kill(worker.pid, 'SIGWINCH');
    await expect.poll(() => worker.output(), soon).toContain('a rejection for the test');
    process.kill(worker.pid, 'SIGUSR2');
    await expect
      .poll(() => worker.output(), soon)
      .toContain('Shutting down after an uncaught exception');
    // A signal that does nothing: it waits for the end alone.
    expect(await worker.stop('SIGCONT')).toBe(1);
    expect(worker.output()).toContain('returned to the queue');
    expect((await api.client.get<{ state: string }>(`/jobs/${id}`)).body.state).toBe('queued');
  });

  it('in the API, if a rejection, is logged without further effect', async () => {
    await uploadPets(api.client, { labels: ['cat', 'dog'], imageSize: 32, seeds: [1] });
    process.kill(api.pid, 'SIGWINCH');
    await expect.poll(() => api.output(), soon).toMatch(/a rejection for the test[^]*faults\.mjs/);
    const { status } = await predict(api.client, 'pets/predict', await solidImage(200, 10, 10));
    expect(status).toBe(200);
  });

  it('in the API, if an exception, ends it in order after answering accepted requests', async () => {
    const png = await solidImage(200, 10, 10);
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = [
      'POST /api/v1/models/pets/predict HTTP/1.1',
      'Host: coatrack',
      `Authorization: Bearer ${adminKey}`,
      'Content-Type: image/png',
      `Content-Length: ${png.length}`,
      'Expect: 100-continue',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    // The server says so once it has the request.
    expect(String(await once(socket, 'data'))).toContain('100 Continue');
    process.kill(api.pid, 'SIGUSR2');
    await expect
      .poll(() => api.output(), soon)
      .toContain('Shutting down after an uncaught exception');
    socket.write(png);
    expect(String(await once(socket, 'data'))).toContain('200 OK');
    expect(await api.stop('SIGCONT')).toBe(1);
    expect(api.output()).toContain('an exception for the test');
  });
});
