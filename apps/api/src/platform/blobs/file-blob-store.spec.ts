import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileBlobStore } from './file-blob-store';

let folder: string;
let store: FileBlobStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-blobs-'));
  store = new FileBlobStore(folder);
  await store.prepare();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function* pieces(...texts: string[]) {
  for (const piece of texts) yield Buffer.from(piece);
}

async function temporaryFiles(): Promise<string[]> {
  const entries = await readdir(join(folder, 'tmp'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function listed(): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list()) names.push(name);
  return names;
}

const sha256 = createHash('sha256').update('hello world').digest('hex');

describe('FileBlobStore', () => {
  it('bytes are stored under their hash once they are placed, not before', async () => {
    const staged = await store.stage(pieces('hello ', 'world'));
    expect(staged).toMatchObject({ sha256, bytes: 11 });
    await expect(store.path(sha256)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    await store.place(staged);
    await store.discard(staged);
    expect(await text(await store.open(sha256))).toBe('hello world');
    expect(await text(await store.open(sha256, { start: 6, end: 8 }))).toBe('wor');
    expect((await store.read(sha256, 4, 3)).toString()).toBe('o w');
    await expect(store.read(sha256, 9, 3)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(await temporaryFiles()).toEqual([]);
  });

  it('a staged file is taken over, and equal bytes are stored once', async () => {
    const first = await store.stage(pieces('hello world'));
    await store.place(first);
    await store.discard(first);
    const path = await store.temporaryPath();
    await writeFile(path, 'hello world');
    const staged = await store.stageFile(path);
    await store.place(staged);
    await store.discard(staged);
    expect(await listed()).toEqual([sha256]);
    expect(await temporaryFiles()).toEqual([]);
    await store.remove(sha256);
    expect(await listed()).toEqual([]);
  });

  it('placing the bytes again repairs a truncated blob', async () => {
    await store.place(await store.stage(pieces('hello world')));
    await writeFile(await store.path(sha256), 'hell');
    await store.place(await store.stage(pieces('hello world')));
    expect(await text(await store.open(sha256))).toBe('hello world');
  });

  it('a stream that breaks off leaves no file', async () => {
    async function* broken() {
      yield Buffer.from('hello');
      throw new Error('the line is dead');
    }
    await expect(store.stage(broken())).rejects.toThrow('the line is dead');
    expect(await temporaryFiles()).toEqual([]);
  });

  it('a name that is not a hash is refused', async () => {
    await expect(store.path('../../etc/passwd')).rejects.toThrow('64 hexadecimal digits');
  });

  it('a source that fails at once leaves no file', async () => {
    const failing = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }),
    };
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, () => store.stage(failing)),
    );
    expect(attempts.every(({ status }) => status === 'rejected')).toBe(true);
    await pause(100);
    expect(await temporaryFiles()).toEqual([]);
  });
});
