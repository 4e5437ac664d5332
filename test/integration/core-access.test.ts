import sharp from 'sharp';
import { describe, expect } from 'vitest';
import type { RunningApi } from './support/api';
import { it } from './support/fixture';
import { Client, type Problem } from './support/client';

interface Dataset {
  id: string;
  classes: { name: string; count: number }[];
  images: number;
}

let api: RunningApi;
let client: Client;

it.beforeAll(({ api: running }) => {
  api = running;
  client = api.client;
});

describe('access', () => {
  it('a valid key is required on every route except the health checks', async () => {
    const paths = ['/architectures', '/datasets', '/samples', '/models', '/models/x/versions/1'];
    for (const key of [undefined, 'a-wrong-key']) {
      for (const path of paths) {
        const { status, body } = await new Client(api.url, key).get(path);
        expect([path, status, body.code]).toEqual([path, 401, 'UNAUTHORIZED']);
      }
    }
    const stranger = new Client(api.url);
    expect((await stranger.get<unknown>('//health/live')).body).toEqual({ status: 'ok' });
    expect((await stranger.get<{ status: string }>('//health/ready')).body.status).toBe('ok');
  });

  it('the documentation is protected so that a browser asks for the key', async () => {
    const stranger = new Client(api.url);
    for (const path of ['//docs', '//docs/', '//docs/swagger-ui.css', '//docs-json']) {
      const { status, headers } = await stranger.get(path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('WWW-Authenticate')).toMatch(/^Basic /);
    }
    const password = Buffer.from(`anyone:${client.key}`).toString('base64');
    const page = await stranger.get<Buffer>('//docs', { Authorization: `Basic ${password}` });
    expect(page.body.toString()).toContain('swagger-ui');
    expect((await client.get<{ openapi: string }>('//docs-json')).body.openapi).toBe('3.1.0');
  });

  it('every answer has a request id, even for unknown routes and unreadable bodies', async () => {
    const unknown = await client.get('/nothing-here', { 'X-Request-Id': 'my-request-1' });
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ code: 'NOT_FOUND', requestId: 'my-request-1' });
    expect(unknown.headers.get('X-Request-Id')).toBe('my-request-1');
    const broken = await client.send<Problem>('PUT', '/models/x/aliases/y', {
      body: '{"version":',
      headers: { 'Content-Type': 'application/json' },
    });
    expect([broken.status, broken.body.code]).toEqual([400, 'INVALID_JSON']);
  });
});

describe('architectures', () => {
  it('both families are listed with their costs', async () => {
    const { body } =
      await client.get<{ name: string; parameters: number; macs: number }[]>('/architectures');
    const b0 = body.find(({ name }) => name === 'efficientnetv2_b0');
    expect(b0?.parameters).toBe(7_139_704);
    expect(body.some(({ name }) => name === 'coatnet_7')).toBe(true);
    expect(body.every(({ parameters, macs }) => parameters > 0 && macs > 0)).toBe(true);
  });
});

describe('samples', () => {
  it('the emoji sample becomes an ordinary dataset, once', async () => {
    const samples =
      await client.get<{ name: string; images: number; classes: number }[]>('/samples');
    const { status, body } = await client.post<Dataset>('/samples/emoji');
    expect(status).toBe(201);
    expect(samples.body).toMatchObject([
      { name: 'emoji', images: body.images, classes: body.classes.length },
    ]);
    expect(body.classes.every(({ count }) => count >= 50)).toBe(true);
    const drawn = await sharp(
      (await client.get<Buffer>(`/datasets/${body.id}/images/0`)).body,
    ).stats();
    expect(drawn.isOpaque).toBe(true);
    expect(drawn.entropy).toBeGreaterThan(0.5);
    expect((await client.post('/samples/emoji')).body.code).toBe('DATASET_EXISTS');
    expect((await client.post('/samples/nothing')).body.code).toBe('SAMPLE_NOT_FOUND');
    await client.delete(`/datasets/${body.id}`);
  });
});
