import { findArchitecture } from '@coatrack/models';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { adminKey, type RunningApi, type TestHouse } from './support/api';
import { it } from './support/fixture';
import { solidImage } from './support/images';
import { seededSafetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const labels = ['cat', 'dog', 'fox', 'owl'];

let house: TestHouse;
let api: RunningApi;

it.override('settings', { COATRACK_EXECUTOR: 'onnxruntime' });

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
  const preprocessing = { ...findArchitecture(architecture).preprocessing, imageSize: 32 };
  const answer = await api.client.upload('/models/pets/versions', {
    weights: seededSafetensors(tensorsOf(architecture, labels.length)),
    config: JSON.stringify({ architecture, labels, preprocessing }),
  });
  expect(answer.status).toBe(201);
});

/** Runs examples/client as its README says. */
function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { PATH } = process.env;
  return promisify(execFile)(process.execPath, [resolve('examples/client/dist/main.js'), ...args], {
    env: { PATH, COATRACK_URL: api.url, COATRACK_KEY: adminKey },
  });
}

it('the client gets the same answers by predict, JSON and binary tensors', async () => {
  const files = [join(house.dataFolder, 'red.png'), join(house.dataFolder, 'blue.png')];
  await writeFile(files[0]!, await solidImage(250, 20, 20));
  await writeFile(files[1]!, await solidImage(10, 30, 240));
  const lines = (await run('pets', ...files)).stdout.trim().split('\n');
  expect(lines).toHaveLength(6);
  for (const [index, name] of ['red.png', 'blue.png'].entries()) {
    const [predicted, classified, logits] = [0, 2, 4].map((row) => {
      const [start, values] = lines[row + index]!.split(': ') as [string, string];
      expect(start).toContain(name);
      return values.split(', ');
    }) as [string[], string[], string[]];
    const classes = classified.map((text) => text.split(':'));
    expect(classes.map(([value, , label]) => `${label} ${Number(value).toFixed(3)}`)).toEqual(
      predicted,
    );
    expect(classes.map(([, position, label]) => labels[Number(position)] === label)).toEqual([
      true,
      true,
      true,
    ]);
    expect(logits.slice(0, 3).every((text) => Number.isFinite(Number(text)))).toBe(true);
  }
});

it("the client reports the server's error message", async () => {
  const file = join(house.dataFolder, 'none.png');
  await writeFile(file, 'no image');
  await expect(run('pets', file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^422: .*NOT_AN_IMAGE/),
  });
  await expect(run('nobody', file)).rejects.toMatchObject({
    stderr: expect.stringMatching(/^404: .*MODEL_NOT_FOUND/),
  });
});
