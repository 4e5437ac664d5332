import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
let house: TestHouse;
let api: RunningApi;

beforeAll(async () => {
  house = await createHouse();
  api = await startApi(house.environment);
});

afterAll(async () => {
  await api?.stop();
  await house?.remove();
});

it("a version's card can be downloaded as Markdown, and says what its maker said", async () => {
  const config = {
    architecture,
    labels: ['cat', 'dog'],
    licence: 'MIT',
    intendedUse: 'Cats *only*.',
    description: '---\nlicense: none',
    accuracy: { publisher: 0.8 },
  };
  const weights = safetensors(tensorsOf(architecture, 2));
  await api.client.upload('/models/pets/versions', { weights, config: JSON.stringify(config) });
  const { status, headers, body } = await api.client.get<Buffer>('/models/pets/versions/1/card');
  expect(status).toBe(200);
  expect(headers.get('Content-Type')).toBe('text/markdown; charset=utf-8');
  const text = body.toString();
  expect(text).toMatch(/^---\nlicense: mit\n/);
  expect(text.match(/^---$/gm)).toHaveLength(2);
  expect(text).toContain('Cats \\*only\\*.');
  expect(text).toMatch(/publisher.*\| 80 % \|/);
  for (const [path, code] of [
    ['nobody/versions/1', 'MODEL_NOT_FOUND'],
    ['pets/versions/x', 'VERSION_NOT_FOUND'],
  ]) {
    const answer = await api.client.get(`/models/${path}/card`);
    expect([answer.status, answer.body.code]).toEqual([404, code]);
    expect(answer.headers.get('Content-Type')).toMatch('application/json');
  }
});
