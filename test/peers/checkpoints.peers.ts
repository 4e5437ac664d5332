import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from '../integration/support/api';
import { infer } from '../integration/support/v2';

interface Case {
  name: string;
  files: string[];
  config: object;
  logits: number[];
  side: number;
  /** Where the request does not name it: which is to be found. */
  architecture: string | null;
  /** What the version says that it has left out. */
  leftOut?: string;
}

/** A Python with the packages of requirements.txt. */
const python = process.env.COATRACK_PEERS_PYTHON!;

const folder = mkdtempSync(join(tmpdir(), 'coatrack-peers-'));
execFileSync(python, [join(__dirname, 'write_checkpoints.py'), folder], { stdio: 'ignore' });
const { cases } = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as {
  cases: Case[];
};

const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const logitsOf = async (api: RunningApi, model: string, { side, name }: Case) => {
  const image = new Float32Array(bytesOf(`${name}.image`).buffer);
  const { body } = await infer(api.client, model, {
    inputs: [{ name: 'images', shape: [1, side, side, 3], datatype: 'FP32', data: [...image] }],
    outputs: [{ name: 'logits' }],
  });
  expect(body.error).toBeUndefined();
  return body.outputs[0]!.data as number[];
};

describe('checkpoints of other libraries', () => {
  let house: TestHouse;
  let api: RunningApi;
  beforeAll(async () => {
    house = await createHouse();
    house.environment.COATRACK_EXECUTOR = 'onnxruntime';
    api = await startApi(house.environment);
  });
  afterAll(async () => {
    await api?.stop();
    await house?.remove();
    await rm(folder, { recursive: true });
  });

  const timeout = 240_000;

  it.each(cases)('compute here what they compute there: $name', { timeout }, async (given) => {
    const { files, config, logits, side, architecture, leftOut } = given;
    const weights = files.map((name) => new File([bytesOf(name)], name));
    const model = given.name.toLowerCase();
    const created = await api.client.upload<{ notes: string[]; preprocessing: object }>(
      `/models/${model}/versions`,
      { config: JSON.stringify(config), weights },
    );
    expect([created.status, created.body]).toEqual([201, expect.anything()]);
    if (architecture) expect(created.body).toMatchObject({ architecture });
    if (leftOut) expect(created.body.notes.join()).toContain(leftOut);
    // At the size that the answers are for.
    const preprocessing = { ...created.body.preprocessing, imageSize: side };
    const sized = await api.client.upload(`/models/${model}/versions`, {
      config: JSON.stringify({ ...config, preprocessing }),
      weights,
    });
    expect(sized.status).toBe(201);
    const found = await logitsOf(api, model, given);
    const scale = Math.max(...logits.map(Math.abs));
    logits.forEach((value, index) => {
      expect(Math.abs(found[index]! - value) / scale).toBeLessThan(1e-4);
    });
  });
});
