import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { classFolders } from './support/images';
import { safetensors, tensorsOf } from './support/weights';

const mebibyte = 1024 ** 2;

describe('a small volume', () => {
  it('keeps its reserve: an upload that would use it is refused and leaves nothing behind', async ({
    skip,
  }) => {
    const house = await createHouse();
    const size = ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs'];
    if (spawnSync('mount', [...size, house.dataFolder]).status !== 0) {
      await house.remove();
      skip('only root can mount a small file system');
    }
    try {
      const reserved = 24 * mebibyte;
      const api = await startApi({
        ...house.environment,
        COATRACK_DISK_RESERVE_BYTES: String(reserved),
      });
      const upload = (bytes: number) =>
        api.client.upload('/datasets', {
          name: 'large',
          file: new Uint8Array(randomBytes(bytes)),
        });
      const { status, body } = await upload(60 * mebibyte);
      expect([status, body.code]).toEqual([507, 'STORAGE_FULL']);
      expect(body.message).toMatch(
        new RegExp(`\\d+ bytes are free, \\d+ are needed, and ${reserved}`),
      );
      expect(await house.storedFiles()).toEqual([]);
      const small = { name: 'small', file: await classFolders({ red: 2, green: 2 }) };
      expect((await api.client.upload('/datasets', small)).status).toBe(201);
      // What others write counts as well, and a request that was refused works once there is room again.
      const other = join(house.dataFolder, 'other');
      await writeFile(other, randomBytes(40 * mebibyte));
      expect((await upload(1)).body.code).toBe('STORAGE_FULL');
      await writeFile(other, '');
      expect((await upload(1)).body.code).toBe('INVALID_DATASET');
      expect(await api.stop()).toBe(0);
    } finally {
      spawnSync('umount', [house.dataFolder]);
      await house.remove();
    }
  });
});

describe('stored bytes', () => {
  let house: TestHouse;
  let api: RunningApi;

  beforeAll(async () => {
    house = await createHouse();
    await mkdir(join(house.dataFolder, 'blobs'));
    await chmod(join(house.dataFolder, 'blobs'), 0o755);
    api = await startApi(house.environment);
    const { status } = await api.client.upload('/models/m/versions', {
      config: JSON.stringify({ architecture: 'efficientnetv2_b0', labels: ['daisy', 'rose'] }),
      weights: safetensors(tensorsOf('efficientnetv2_b0', 2)),
    });
    expect(status).toBe(201);
  });

  afterAll(async () => {
    await api?.stop();
    await house?.remove();
  });

  it('are only readable by the account that runs Coatrack, even in older data folders', async () => {
    const modes = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    const blobs = join(house.dataFolder, 'blobs');
    const folders = [blobs, join(house.dataFolder, 'tmp')];
    const files = await readdir(blobs, { recursive: true, withFileTypes: true });
    for (const entry of files) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else expect(await modes(path)).toBe('600');
    }
    expect(files.some((entry) => entry.isFile())).toBe(true);
    for (const folder of folders) expect([folder, await modes(folder)]).toEqual([folder, '700']);
  });

  it('are not read for HEAD requests, and not sent again if they are unchanged', async () => {
    const url = `${api.url}/api/v1/models/m/versions/1/weights`;
    const headers = { Authorization: `Bearer ${house.environment.COATRACK_ADMIN_KEY}` };
    const [blob] = await house.storedFiles();
    const path = join(house.dataFolder, 'blobs', blob!.slice(0, 2), blob!);
    const bytes = (await stat(path)).size;
    const read = async () =>
      Number(/^rchar: (\d+)/.exec(await readFile(`/proc/${api.pid}/io`, 'utf8'))![1]);
    const before = await read();
    const head = await fetch(url, { method: 'HEAD', headers });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(bytes));
    expect(head.headers.get('etag')).toBe(`"${blob}"`);
    expect(head.headers.get('cache-control')).toBe('private, no-cache');
    expect((await read()) - before).toBeLessThan(bytes / 2);
    const condition = { 'If-None-Match': `"${blob}"`, 'Cache-Control': 'max-age=0' };
    const again = await fetch(url, { headers: { ...headers, ...condition } });
    expect(again.status).toBe(304);
  });
});
