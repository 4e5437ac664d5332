import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { finishedJob } from './jobs-events';
import { createHouse, startApi, startWorker, type TestHouse } from './support/api';
import { classFolders } from './support/images';
import { safetensors, tensorsOf } from './support/weights';

const architecture = 'efficientnetv2_b0';
const mebibyte = 1024 ** 2;

interface Job {
  id: string;
  state: string;
  error: { code: string; message: string } | null;
}

/** Fills the disk with another program's file, except for the given number of bytes. */
async function fill(path: string, folder: string, leave: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const file = createWriteStream(path);
  for (let rest = bavail * bsize - leave; rest > 0; rest -= mebibyte) {
    if (!file.write(Buffer.alloc(Math.min(rest, mebibyte)))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** Everything in the data folder that a job may have begun to write. */
async function unfinished({ dataFolder }: TestHouse): Promise<string[]> {
  const entries = await readdir(dataFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.startsWith(join(dataFolder, 'tmp')) || path.endsWith('.tmp'));
}

it('a disk that fills up within an export or a checkpoint fails the job, leaves nothing behind, and the same order succeeds once there is room', async ({
  skip,
}) => {
  const house = await createHouse();
  const size = ['-t', 'tmpfs', '-o', 'size=512m', 'tmpfs'];
  if (spawnSync('mount', [...size, house.dataFolder]).status !== 0) {
    await house.remove();
    skip('only root can mount a small file system');
  }
  const filler = join(house.dataFolder, 'filler');
  const environment = {
    ...house.environment,
    COATRACK_ENGINE: 'wasm',
    COATRACK_DISK_RESERVE_BYTES: String(mebibyte),
  };
  const api = await startApi(environment);
  const worker = await startWorker(environment);
  try {
    const { client } = api;
    const uploaded = await client.upload('/models/pets/versions', {
      weights: safetensors(tensorsOf(architecture, 2), 0.01),
      config: JSON.stringify({ architecture, labels: ['green', 'red'] }),
    });
    expect(uploaded.status, JSON.stringify(uploaded.body)).toBe(201);
    const file = await classFolders({ red: 4, green: 4 });
    expect((await client.upload('/datasets', { name: 'colours', file })).status).toBe(201);
    const recipe = { imageSize: 32, epochs: 1, batchSize: 4 };
    const orders: [body: object, path: string][] = [
      [{ type: 'export', model: 'pets', format: 'onnx' }, '/models/pets/versions/1/artifacts'],
      [
        { type: 'fine-tune', architecture, dataset: 'colours', name: 'tuned', recipe },
        '/models/tuned/versions/1',
      ],
    ];
    const ask = async (body: object) => {
      const answer = await client.post<Job>('/jobs', body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      return (await finishedJob<Job>(client, answer.body.id)).job;
    };
    for (const [body, made] of orders) {
      const before = await house.storedFiles();
      // Half of what either writes first: 24 MB of weights.
      await fill(filler, house.dataFolder, 12 * mebibyte);
      const { state, error } = await ask(body);
      expect([state, error?.code]).toEqual(['failed', 'DISK_FULL']);
      // The system's own error, not that of the reserve, which is judged before a write.
      expect(error!.message).toMatch(/^The disk of the data folder is full. Free some space/);
      await expect.poll(() => unfinished(house)).toEqual([]);
      expect(await house.storedFiles()).toEqual(before);
      await rm(filler);
      expect(await ask(body)).toMatchObject({ state: 'succeeded', error: null });
      expect((await client.get(made)).status).toBe(200);
      await expect.poll(() => unfinished(house)).toEqual([]);
    }
  } finally {
    await worker.stop();
    await api.stop();
    spawnSync('umount', [house.dataFolder]);
    await house.remove();
  }
});
