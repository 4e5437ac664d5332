import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgesOf } from '../file-edges';
import { isArchive, unpackIndexes, unpackShards } from './unpack';

type EntryHeader = Parameters<Pack['entry']>[0];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unpack-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function tar(
  ...entries: [header: EntryHeader, content?: string | Buffer][]
): Promise<Buffer> {
  const archive = pack();
  for (const [header, content = ''] of entries) archive.entry(header, content);
  archive.finalize();
  return buffer(archive);
}

function directory(number: number): EntryHeader {
  return { name: `${number}/`, type: 'directory' };
}

async function archiveOf(bytes: Buffer) {
  const path = join(folder, 'archive');
  await writeFile(path, bytes);
  const edges = await edgesOf(path);
  expect(isArchive(edges)).toBe(true);
  return { file: { name: 'archive', path }, edges };
}

const contentsOf = (files: readonly { name: string; path: string }[]) =>
  Promise.all(files.map(async ({ name, path }) => [name, await readFile(path, 'utf8')] as const));

async function indexesOf(bytes: Buffer) {
  const { indexes, shards } = await unpackIndexes(await archiveOf(bytes), {
    temporaryFolder: folder,
  });
  return { indexes: await contentsOf(indexes), shards: shards.map(({ name }) => name) };
}

/** What gzip can do nothing about, as with weights. */
const noise = (length: number) => randomBytes(length);

describe('an archive', () => {
  it.each([
    ['.tar', (bytes: Buffer) => bytes],
    ['.tgz', gzipSync],
  ])('%s: only what is called as parts of a checkpoint are is taken', async (_, packed) => {
    const archive = await tar(
      [{ name: 'model/', type: 'directory' }],
      [{ name: 'model/checkpoint' }, 'text'],
      [{ name: 'model/m.index' }, 'index'],
      [{ name: 'model/._m.index' }, 'macOS'],
      [{ name: 'model/m.meta' }, 'graph'],
      [{ name: 'model/m.data-00000-of-00001' }, 'data'],
    );
    expect(await indexesOf(packed(archive))).toEqual({
      indexes: [['model/m.index', 'index']],
      shards: ['model/m.data-00000-of-00001'],
    });
    const wanted = new Map([['model/m.data-00000-of-00001', 3]]);
    const shards = await unpackShards(await archiveOf(packed(archive)), wanted, {
      temporaryFolder: folder,
    });
    expect(await contentsOf(shards)).toEqual([['model/m.data-00000-of-00001', 'dat']]);
  });

  it('is not waited for where a folder in it claims to have bytes', async () => {
    const archive = await tar(
      [{ name: 'model/', type: 'directory' }],
      [{ name: 'm.index' }, 'index'],
    );
    const header = archive.subarray(0, 512);
    header.write('00000000005 ', 124);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect((await indexesOf(archive)).indexes).toEqual([['m.index', 'index']]);
  });

  it('makes no paths of its names, and takes no links', async () => {
    const archive = await tar(
      [{ name: '../../out.index' }, 'up'],
      [{ name: '/tmp/out.index' }, 'root'],
      [{ name: 'link.index', type: 'symlink', linkname: '/etc/passwd' }],
      [{ name: 'hard.index', type: 'link', linkname: '/etc/passwd' }],
    );
    const { indexes } = await indexesOf(archive);
    expect(indexes.map(([, content]) => content)).toEqual(['up', 'root']);
    expect((await readdir(folder)).filter((name) => name !== 'archive')).toHaveLength(2);
  });

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['a huge index', () => tar([{ name: 'a.index' }, Buffer.alloc(9e6)]), /9000000 bytes, more/],
    [
      'a bomb',
      async () => gzipSync(await tar([{ name: 'a' }, Buffer.alloc(5e7)])),
      /more than 20 times its own/,
    ],
    [
      'a name of megabytes',
      () => tar([{ name: `${'a/'.repeat(2e6)}.index`, pax: {} }]),
      /the name "(a\/){50}…" in it has 4000006 characters, more than 1024/,
    ],
    [
      'attributes by the thousand',
      () =>
        tar([
          {
            name: 'a',
            pax: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, 'v'])),
          },
        ]),
      /more than 100 extended attributes/,
    ],
    [
      'many checkpoints',
      () => tar(...Array.from({ length: 11 }, (_, n): [EntryHeader] => [{ name: `${n}.index` }])),
      /more than 10 checkpoints/,
    ],
    ['no end', async () => (await tar([{ name: 'a.index' }, 'index'])).subarray(0, 515), /end of/],
    [
      'a gzip cut short',
      async () => gzipSync(await tar([{ name: 'a' }, noise(3e5)])).subarray(0, 9999),
      /cannot be unpacked: unexpected end of file/,
    ],
    [
      'thousands of entries',
      () => tar(...Array.from({ length: 1001 }, (_, n): [EntryHeader] => [directory(n)])),
      /more than 1000 entries/,
    ],
  ])('is refused for %s', async (_, make, message) => {
    const archive = await make();
    await expect(indexesOf(archive)).rejects.toThrow(RangeError);
    await expect(indexesOf(archive)).rejects.toThrow(message);
  });

  it('that the disk has no room for is not called damaged', async () => {
    const archive = await tar([{ name: 'a.index' }, 'index']);
    const temporaryFolder = join(folder, 'missing');
    const unpacking = unpackIndexes(await archiveOf(archive), { temporaryFolder });
    await expect(unpacking).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
    const full = Object.assign(new Error('kept free'), { code: 'ENOSPC' });
    const refused = { temporaryFolder: folder, guard: () => Promise.reject(full) };
    await expect(unpackIndexes(await archiveOf(archive), refused)).rejects.toBe(full);
  });
});
