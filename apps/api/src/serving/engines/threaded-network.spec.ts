import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fitting, weightsOf } from './thread-count';
import { ThreadedNetwork } from './threaded-network';
import type { ServableModel } from './executor';

Logger.overrideLogger(false);

let folder: string;
const script = (name: string) => join(folder, `${name}.cjs`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-thread-'));
  const port = `const { parentPort: port } = require('node:worker_threads');`;
  const loaded = `port.postMessage({ type: 'loaded', facts: {} });`;
  const scripts = {
    failing: `${port} ${loaded} port.on('message', () => { throw new Error('no good end'); });`,
    silent: `setInterval(() => undefined, 1000);`,
    throwing: `${port} port.postMessage({ type: 'unloadable', reason: 'no luck' }); throw new Error('and more');`,
  };
  for (const [name, text] of Object.entries(scripts)) await writeFile(script(name), text);
});

afterAll(() => rm(folder, { recursive: true }));

it('a network is released although its thread fails to close', async () => {
  const model = await ThreadedNetwork.load(script('failing'), {});
  await model.release();
  await model.release();
  const running = model.run(new Float32Array(1), 1, { features: false });
  await expect(running).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
});

it('a failed load reports its reason, whatever the thread does afterwards', async () => {
  const failing = ThreadedNetwork.load(script('throwing'), {});
  await expect(failing).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
});

it('a load that takes too long is abandoned', async () => {
  const signal = AbortSignal.timeout(200);
  const failing = ThreadedNetwork.load(script('silent'), {}, signal);
  await expect(failing).rejects.toThrow('loading and warming up took too long');
});

it('as many replicas are loaded as fit in memory, at least one', () => {
  const model = { parameters: 250 } as ServableModel;
  const wanted = { instances: 4, lone: true };
  const bytes = [Infinity, 5000, 4999, 2000, 10].map((mostBytes) =>
    weightsOf(fitting(wanted, model, mostBytes), model),
  );
  expect(bytes).toEqual([5000, 5000, 4000, 2000, 1000]);
  expect(fitting(wanted, model, 4999)).toEqual({ instances: 4, lone: false });
});
