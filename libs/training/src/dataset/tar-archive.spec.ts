import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { encode } from 'iconv-lite';
import { type Header, pack } from 'tar-stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { coloured } from '@coatrack/images/testing';
import { useTemporaryFolder } from '../testing/temporary-folder';
import { readClassFolders } from './class-folders';
import type { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';

const pathOf = useTemporaryFolder();
let pngs: Buffer[];
let png: Buffer;

beforeAll(async () => {
  pngs = await Promise.all([0, 1, 2, 3].map(coloured));
  png = pngs[0]!;
});

type Entry = Partial<Header> & { name: string; bytes?: Buffer };

async function tar(entries: Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { bytes = png, ...header } of entries) {
    packed.entry(header, header.type && header.type !== 'file' ? Buffer.alloc(0) : bytes);
  }
  packed.finalize();
  return buffer(packed);
}

const pets = (root = './'): Entry[] => [
  { name: root, type: 'directory' },
  ...['dog/0.png', 'dog/1.png', 'cat/0.png', 'cat/1.png'].map((name, index) => ({
    name: root + name,
    bytes: pngs[index],
  })),
];

async function read(bytes: Buffer, limits?: Partial<DatasetLimits>) {
  await writeFile(pathOf('a.tar'), bytes);
  const folders = readClassFolders(pathOf('a.tar'), { limits });
  const paths: string[] = [];
  for await (const image of folders) {
    expect(pngs.some((each) => each.equals(image.bytes))).toBe(true);
    paths.push(image.path);
  }
  return { paths, report: folders.report };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('Nothing was thrown')),
    (error: DatasetError) => error,
  );

describe('tar files', () => {
  it.each([
    ['as they are', (bytes: Buffer) => bytes],
    ['in gzip', gzipSync],
  ])('are read %s, in their order', async (_, form) => {
    const clutter = [
      { name: './._dog', bytes: Buffer.from('x') },
      { name: './README.md', bytes: Buffer.from('x') },
      { name: './empty/', type: 'directory' as const },
    ];
    const { paths, report } = await read(form(await tar([...pets(), ...clutter])));
    expect(paths).toEqual(['dog/0.png', 'dog/1.png', 'cat/0.png', 'cat/1.png']);
    expect(report.classes).toEqual([
      { name: 'cat', count: 2 },
      { name: 'dog', count: 2 },
    ]);
    expect(report.skipped.map(({ path }) => path)).toEqual(['README.md', 'empty/']);
  });

  it('are known without a signature, as before POSIX', async () => {
    const old = await tar(pets());
    for (let at = 0; at + 512 <= old.length; at += 512) {
      if (!old.toString('latin1', at + 257, at + 262).startsWith('ustar')) continue;
      old.fill(0, at + 257, at + 265);
      old.fill(' ', at + 148, at + 156);
      const sum = old.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
      old.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
    }
    expect((await read(old)).paths).toHaveLength(4);
  });

  it('may have names of any length and script', async () => {
    const long = `${'a long name '.repeat(12)}é`;
    const names = [`犬/${long}/0.png`, `犬/${long}/1.png`, '猫/0.png', '猫/1.png'];
    const entries = names.map((name, index) => ({ name, bytes: pngs[index] }));
    const { paths, report } = await read(await tar(entries));
    expect(paths).toEqual(names.map((name) => name.normalize('NFC')));
    expect(report.classes.map(({ name }) => name)).toEqual(['犬', '猫']);
  });

  it('may have names in an old encoding', async () => {
    const raw = await tar(pets('').slice(1));
    // Replaces names by others of the same length, and updates the header's checksum after them.
    for (let at = 0; at < raw.length; at += 512) {
      if (raw.toString('latin1', at, at + 4) !== 'dog/') continue;
      encode('犬x/', 'cp932').copy(raw, at);
      raw.fill(' ', at + 148, at + 156);
      const sum = raw.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
      raw.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
    }
    const { report } = await read(raw);
    expect(report.classes.map(({ name }) => name)).toEqual(['cat', '犬x']);
    expect(report.warnings[0]).toContain('shift_jis');
  });

  it.each<[string, Entry]>([
    ['a symbolic link', { name: 'cat/2.png', type: 'symlink', linkname: '/etc/passwd' }],
    ['a hard link', { name: 'cat/2.png', type: 'link', linkname: 'cat/1.png' }],
    ['a device', { name: 'cat/2.png', type: 'character-device' }],
    ['a path that leads out', { name: '../cat/2.png' }],
    ['an absolute path', { name: '/cat/2.png' }],
  ])('are refused with %s', async (_, entry) => {
    const error = await refusal(read(await tar([...pets(), entry])));
    expect([error.code, error.problems[0]?.where]).toEqual(['UNSAFE_ENTRY_NAME', entry.name]);
  });

  it('are refused when they are cut off or damaged', async () => {
    const whole = await tar(pets());
    const zipped = gzipSync(whole);
    const garbled = Buffer.from(whole);
    garbled.fill(7, 1536, 2048);
    for (const bytes of [
      whole.subarray(0, 1300),
      whole.subarray(0, 1536),
      garbled,
      zipped.subarray(0, -40),
      gzipSync('no tar file, but text that someone has compressed by gzip'.repeat(20)),
    ]) {
      const error = await refusal(read(bytes));
      expect([error.name, error.code]).toEqual(['DatasetError', 'NOT_AN_ARCHIVE']);
    }
  });

  it('keep to the limits', async () => {
    const code = (error: DatasetError) => error.code;
    expect(code(await refusal(read(await tar(pets()), { entries: 3 })))).toBe('TOO_MANY_ENTRIES');
    const limits = { totalBytes: 1000 };
    expect(code(await refusal(read(await tar(pets()), limits)))).toBe('ARCHIVE_TOO_LARGE');
    const bomb = await tar([...pets(), { name: 'cat/2.png', bytes: Buffer.alloc(2 ** 23) }]);
    expect(code(await refusal(read(gzipSync(bomb))))).toBe('COMPRESSION_RATIO_TOO_HIGH');
  });
});
