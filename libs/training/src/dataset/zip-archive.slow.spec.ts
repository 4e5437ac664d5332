import { writeFile } from 'node:fs/promises';
import { encode } from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../testing/temporary-folder';
import { buildZip, type ForgedEntry } from '../testing/zip-builder';
import type { DatasetError } from './dataset-error';
import { type DatasetLimits, defaultDatasetLimits } from './limits';
import type { NameEncoding } from './name-encoding';
import { openArchive } from './open-archive';

const pathOf = useTemporaryFolder();

async function list(
  zip: Uint8Array,
  options: { limits?: Partial<DatasetLimits>; nameEncoding?: NameEncoding } = {},
) {
  await writeFile(pathOf('a.zip'), zip);
  const limits = { ...defaultDatasetLimits, ...options.limits };
  const archive = await openArchive(pathOf('a.zip'), limits, options.nameEncoding);
  try {
    const texts: string[] = [];
    for await (const { read } of archive.contents(archive.files)) texts.push(`${await read()}`);
    const paths = archive.files.map(({ path }) => path);
    return { paths, texts, folders: archive.folders, warnings: archive.warnings };
  } finally {
    await archive.close();
  }
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('Nothing was thrown')),
    (error: DatasetError) => error,
  );

const entry = (name: string | Buffer, claims?: ForgedEntry['claims']): ForgedEntry => ({
  name,
  bytes: Buffer.from('text'),
  claims,
});

describe('paths', () => {
  it.each(['./cat/0.png', 'cat//0.png', 'cat\\0.png', '.\\cat\\.\\0.png'])(
    'reads %j as it is meant',
    async (name) => {
      const { paths, folders } = await list(buildZip([entry('./'), entry('cat//'), entry(name)]));
      expect([paths, folders]).toEqual([['cat/0.png'], ['cat/']]);
    },
  );

  it.each(['..\\cat\\0.png', 'C:\\cat\\0.png', '\\\\server\\cat\\0.png'])(
    'refuses %j',
    async (name) => {
      const error = await refusal(list(buildZip([entry(name)])));
      expect([error.code, error.problems[0]?.where]).toEqual(['UNSAFE_ENTRY_NAME', name]);
    },
  );

  it('refuses names that become the same', async () => {
    const error = await refusal(list(buildZip([entry('cat/0.png'), entry('./cat/0.png')])));
    expect(error.code).toBe('DUPLICATE_ENTRY');
  });

  it('refuses names so long that a directory of them would fill the memory', async () => {
    const error = await refusal(list(buildZip([entry(`cat/${'x'.repeat(2000)}.png`)])));
    expect([error.code, error.message]).toEqual([
      'UNSAFE_ENTRY_NAME',
      'A name of 2008 bytes; at most 1024 are taken',
    ]);
    const many = Array.from({ length: 10 }, (_, i) => entry(`${i}/${'x'.repeat(1000)}.png`));
    const large = await refusal(list(buildZip(many), { limits: { entries: 10 } }));
    expect(large.code).toBe('TOO_MANY_ENTRIES');
  });
});

describe('encodings of names', () => {
  it.each<[string, string[]]>([
    ['utf8', ['Ka\u0308fer', 'Hund']],
    ['utf8', ['日本', '🐱']],
    ['cp437', ['Kätze', 'Hündin']],
    ['windows-1252', ['Kätze', 'Hündin']],
    ['cp850', ['São Paulo', 'Ørsted']],
    ['cp852', ['żółw', 'łódź']],
    ['cp866', ['Кот', 'Собака']],
    ['windows-1251', ['Кот', 'Собака']],
    ['cp932', ['犬', '猫']],
    ['cp932', ['表', 'ソ', '能']],
    ['gbk', ['猫', '狗']],
    ['gbk', ['苹果', '香蕉']],
    ['big5', ['貓', '狗']],
    ['cp949', ['고양이', '개']],
  ])('%s is recognized: %j', async (encoding, names) => {
    const entries = names.map((name) => entry(encode(`${name}/0.png`, encoding)));
    const { paths, warnings } = await list(buildZip(entries));
    expect(paths).toEqual(names.map((name) => `${name.normalize('NFC')}/0.png`));
    expect(warnings).toHaveLength(encoding === 'utf8' ? 0 : 1);
  });

  it('says which one was taken, and takes the one that is given instead', async () => {
    const zip = buildZip([entry(encode('犬/0.png', 'cp932')), entry('kept as it is ä/0.png')]);
    const guessed = await list(zip);
    expect(guessed.warnings[0]).toContain('read as shift_jis, as in "犬/0.png"');
    const given = await list(zip, { nameEncoding: 'cp437' });
    expect(given).toMatchObject({ paths: ['îó/0.png', 'kept as it is ä/0.png'], warnings: [] });
  });
});

describe('directories', () => {
  const two = [entry('cat/0.png'), entry('dog/0.png')];
  const paths = ['cat/0.png', 'dog/0.png'];

  it('are read whole, whatever number of entries the end says', async () => {
    const many = Array.from({ length: 65_542 }, (_, index) => entry(`cat/${index}.png`));
    const found = await list(buildZip(many, { entryCount: 6 }));
    expect(found.paths).toHaveLength(65_542);
  });

  it.each([
    ['zeros', Buffer.alloc(100)],
    ['more than a comment can have', Buffer.alloc(100_000, 'x')],
    ['the beginning of another end record', Buffer.from('PK\x05\x06')],
  ])('are found before trailing bytes: %s', async (_, trailing) => {
    const found = await list(Buffer.concat([buildZip(two), trailing]));
    expect(found).toMatchObject({ paths, texts: ['text', 'text'] });
  });

  it('are found behind a program, as of self-extracting archives', async () => {
    const found = await list(Buffer.concat([Buffer.from('MZ a program'), buildZip(two)]));
    expect(found).toMatchObject({ paths, texts: ['text', 'text'] });
  });

  it('of a zip file within one that is cut off are not taken for its own', async () => {
    const inner = { name: 'inner.zip', bytes: buildZip(two) };
    const outer = buildZip([entry('cat/1.png'), inner]);
    const cut = outer.subarray(0, outer.length - 100);
    const error = await refusal(list(cut));
    expect([error.code, error.message]).toEqual([
      'NOT_AN_ARCHIVE',
      expect.stringContaining('damaged or cut off'),
    ]);
  });

  it('refuse what lacks its beginning, and what is no archive at all', async () => {
    const zip = buildZip(two);
    expect((await refusal(list(zip.subarray(20)))).message).toContain('its beginning or end');
    expect((await refusal(list(Buffer.alloc(0)))).message).toContain('The file is empty');
    expect((await refusal(list(Buffer.from('hello')))).message).toContain('neither a zip file nor');
  });

  it('refuse one part of several', async () => {
    const zip = buildZip(two);
    zip.writeUInt16LE(1, zip.length - 18);
    expect((await refusal(list(zip))).message).toContain('one part of several');
  });
});

it.each([
  [9, 'Deflate64'],
  [12, 'bzip2'],
  [14, 'LZMA'],
  [93, 'Zstandard'],
  [77, 'compression method 77'],
])('names compression method %d: %s', async (method, name) => {
  const error = await refusal(list(buildZip([entry('cat/0.png', { method })])));
  expect(error.code).toBe('UNSUPPORTED_COMPRESSION');
  expect(error.message).toContain(`compressed by ${name}; pack it by Deflate`);
  expect(error.problems).toEqual([{ where: 'cat/0.png', message: name }]);
});

it.each([
  ['a 7z archive', Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1')],
  ['a RAR archive', Buffer.from('Rar!\x1a\x07\x01', 'latin1')],
  ['compressed by xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['compressed by Zstandard', Buffer.from('\x28\xb5\x2f\xfd', 'latin1')],
  ['compressed by bzip2', Buffer.from('BZh9')],
  ['a web page', Buffer.from('<!DOCTYPE html><html>')],
  ['one GIF image', Buffer.from('GIF89a')],
])('names what is no zip file: %s', async (what, head) => {
  const error = await refusal(list(Buffer.concat([head, Buffer.alloc(1000)])));
  expect(error.code).toBe('UNSUPPORTED_ARCHIVE');
  expect(error.message).toContain(`The file is ${what}`);
  expect(error.message).toContain('as a zip or .tar.gz file');
});
