import { expect } from 'vitest';
import type { RunningApi } from './support/api';
import { it } from './support/fixture';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
let api: RunningApi;

it.beforeAll(({ api: running }) => {
  api = running;
});

it("a version's card can be downloaded as Markdown with its author's statements", async () => {
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
