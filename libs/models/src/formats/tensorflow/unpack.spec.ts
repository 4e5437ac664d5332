import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgesOf } from '../file-edges';
import { isArchive, unpack } from './unpack';

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

async function unpacked(archive: Buffer, maxBytes = 1e6) {
  const path = join(folder, 'archive');
  await writeFile(path, archive);
  const edges = await edgesOf(path);
  expect(isArchive(edges)).toBe(true);
  const files = await unpack({ name: 'archive', path }, edges, { folder, maxBytes });
  return Promise.all(
    files.map(async ({ name, path }) => [name, await readFile(path, 'utf8')] as const),
  );
}

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
    expect(await unpacked(packed(archive))).toEqual([
      ['model/m.index', 'index'],
      ['model/m.data-00000-of-00001', 'data'],
    ]);
  });

  it('makes no paths of its names, and takes no links', async () => {
    const archive = await tar(
      [{ name: '../../out.index' }, 'up'],
      [{ name: '/tmp/out.index' }, 'root'],
      [{ name: 'link.index', type: 'symlink', linkname: '/etc/passwd' }],
      [{ name: 'hard.index', type: 'link', linkname: '/etc/passwd' }],
    );
    const contents = await unpacked(archive);
    expect(contents.map(([, content]) => content)).toEqual(['up', 'root']);
    expect((await readdir(folder)).filter((name) => name !== 'archive')).toHaveLength(2);
  });

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['too much in it', () => tar([{ name: 'a.index' }, Buffer.alloc(2e6)]), /more than 1000000/],
    ['a bomb', async () => gzipSync(await tar([{ name: 'a' }, Buffer.alloc(5e7)])), /take more/],
    ['no end', async () => (await tar([{ name: 'a.index' }, 'index'])).subarray(0, 515), /end of/],
    [
      'a gzip cut short',
      async () => gzipSync(await tar([{ name: 'a' }, Buffer.alloc(3e5, 'ab')])).subarray(0, 99),
      /can't be unpacked: unexpected end of file/,
    ],
    [
      'thousands of entries',
      () => tar(...Array.from({ length: 1001 }, (_, n): [EntryHeader] => [directory(n)])),
      /more than 1000 entries/,
    ],
  ])('is refused for %s', async (_, make, message) => {
    const archive = await make();
    await expect(unpacked(archive)).rejects.toThrow(RangeError);
    await expect(unpacked(archive)).rejects.toThrow(message);
  });

  it('that the disk has no room for is not called damaged', async () => {
    const archive = await tar([{ name: 'a.index' }, 'index']);
    const path = join(folder, 'archive');
    await writeFile(path, archive);
    const options = { folder: join(folder, 'missing'), maxBytes: 1e6 };
    const unpacking = unpack({ name: 'archive', path }, await edgesOf(path), options);
    await expect(unpacking).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
  });
});
