import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coloured, noise, plain, rawPng, red, redPng } from '@coatrack/images/testing';
import { buildZip, type ForgedEntry, writeZip } from '../testing/zip-builder';
import { readClassFolders } from './class-folders';
import type { ClassFoldersReport, ClassImage } from './found-images';
import type { DatasetError } from './dataset-error';
import type { DatasetLimits } from './limits';

let folder: string;
let png: Buffer;
let others: Buffer[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'class-folders-'));
  png = await redPng();
  others = await Promise.all([1, 2, 3].map(coloured));
});
afterAll(() => rm(folder, { recursive: true }));

async function readZip(bytes: Uint8Array, limits?: Partial<DatasetLimits>) {
  const path = join(folder, 'images.zip');
  await writeFile(path, bytes);
  const folders = readClassFolders(path, { limits });
  const images: ClassImage[] = [];
  for await (const image of folders) images.push(image);
  return { images, report: folders.report };
}

const read = (entries: ForgedEntry[], limits?: Partial<DatasetLimits>) =>
  readZip(buildZip(entries), limits);

/** Returns two classes of two images, to which tests add their entries. */
const flowers = (root = ''): ForgedEntry[] =>
  ['rose/1.png', 'rose/2.png', 'tulip/1.png', 'tulip/2.png'].map((name, index) => ({
    name: root + name,
    bytes: [png, ...others][index],
  }));

const paths = (images: ClassImage[]) => images.map(({ path }) => path);

async function refusal(promise: Promise<unknown>): Promise<DatasetError> {
  const error = await promise.then(
    () => new Error('Nothing was thrown'),
    (thrown: DatasetError) => thrown,
  );
  return error as DatasetError;
}

describe('good archives', () => {
  it('yields images by class and name, with their bytes and sizes', async () => {
    const { images, report } = await read(flowers().reverse());
    expect(paths(images)).toEqual(['rose/1.png', 'rose/2.png', 'tulip/1.png', 'tulip/2.png']);
    expect(images[0]).toMatchObject({ class: 'rose', name: '1.png', width: 8, format: 'png' });
    expect(images[0]!.bytes.equals(png)).toBe(true);
    expect(report).toEqual({
      classes: [
        { name: 'rose', count: 2 },
        { name: 'tulip', count: 2 },
      ],
      images: 4,
      bytes: [png, ...others].reduce((sum, { length }) => sum + length, 0),
      skipped: [],
      warnings: [],
    } satisfies ClassFoldersReport);
  });

  it('takes off folders that wrap everything, and inflates', async () => {
    const entries = flowers('download/flowers/').map((entry) => ({ ...entry, deflate: true }));
    const { images } = await read([...entries, { name: 'download/flowers/README.txt' }]);
    expect(images.map((image) => image.class)).toEqual(['rose', 'rose', 'tulip', 'tulip']);
  });

  it('ignores what operating systems leave behind', async () => {
    const { report } = await read([
      ...flowers('flowers/'),
      { name: '__MACOSX/flowers/rose/._1.png', bytes: png },
      { name: 'flowers/rose/.DS_Store' },
      { name: 'flowers/.git/objects/1.png', bytes: png },
      { name: 'flowers/tulip/Thumbs.db' },
    ]);
    expect(report).toMatchObject({ images: 4, skipped: [] });
  });

  it('accepts unusual images', async () => {
    const unusual = {
      '1x1.png': await plain(1, 1, red).png().toBuffer(),
      'cmyk.jpg': await plain(9, 7, red).toColourspace('cmyk').jpeg().toBuffer(),
      'grey.jpg': await plain(9, 7, red).greyscale().jpeg().toBuffer(),
      'alpha.webp': await plain(9, 7, { ...red, alpha: 0.5 })
        .webp()
        .toBuffer(),
      'deep.png': rawPng({ width: 9, height: 7, depth: 16, colourType: 'grey', pixel: [9, 9] }),
      'still.gif': await plain(9, 7, red).gif().toBuffer(),
      'modern.avif': await plain(9, 7, red).avif().toBuffer(),
      'print.tiff': await plain(9, 7, red).tiff().toBuffer(),
      'turned.jpg': await plain(7, 9, red).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    };
    const entries = Object.entries(unusual).map(([name, bytes]) => ({
      name: `odd/${name}`,
      bytes,
    }));
    const { images, report } = await read([...flowers(), ...entries]);
    expect(report.skipped).toEqual([]);
    const odd = images.filter((image) => image.class === 'odd' && image.name !== '1x1.png');
    expect(odd.map(({ width, height }) => [width, height])).toEqual(odd.map(() => [9, 7]));
    expect(odd).toHaveLength(8);
  });
});

describe('images that are left out', () => {
  it('names each with a reason', async () => {
    const cutJpeg = (await noise(200, 200).jpeg().toBuffer()).subarray(0, -200);
    const cutPng = (await noise(50, 50).png().toBuffer()).subarray(0, -200);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const huge = { width: 50_000, height: 50_000, depth: 8, colourType: 'rgb', pixel: [0, 0, 0] };
    const { report } = await read([
      ...flowers(),
      { name: 'rose/notes.txt', bytes: Buffer.from('not an image') },
      { name: 'rose/empty.jpg' },
      { name: 'rose/vector.svg', bytes: svg },
      { name: 'rose/disguised.gif', bytes: Buffer.concat([Buffer.from('GIF89a'), svg]) },
      { name: 'tulip/cut.jpg', bytes: cutJpeg },
      { name: 'tulip/cut.png', bytes: cutPng },
      { name: 'tulip/huge.png', bytes: rawPng({ ...huge, rows: 1 } as never) },
      { name: 'README.md' },
      { name: 'lily/' },
    ]);
    expect(report.images).toBe(4);
    expect(report.skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'README.md: Neither an image nor in a class folder',
      'lily/: An empty folder',
      'rose/disguised.gif: Not a readable gif image',
      'rose/empty.jpg: The file is empty',
      'rose/notes.txt: Not an image in JPEG, PNG, WebP, GIF, AVIF, TIFF or BMP',
      'rose/vector.svg: The file is an SVG drawing: export it as JPEG or PNG',
      'tulip/cut.jpg: The image is broken or cut off',
      'tulip/cut.png: The image is broken or cut off',
      'tulip/huge.png: 50000×50000 pixels are more than the limit of 100000000 pixels',
    ]);
  });

  it('refuses a class without any, and says what its files are', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    const error = await refusal(
      read([
        ...flowers(),
        { name: 'lily/1.heic', bytes: heic },
        { name: 'lily/2.heic', bytes: heic },
        { name: 'fern/1.png', bytes: Buffer.from('text') },
      ]),
    );
    expect(error.code).toBe('EMPTY_CLASS');
    expect(error.message).toBe(
      'No image of fern, lily can be read (left out: 2 in HEIC (export it as JPEG or PNG), 1 not images)',
    );
    expect(error.problems.map(({ where }) => where)).toEqual([
      'fern',
      'lily',
      'fern/1.png',
      'lily/1.heic',
      'lily/2.heic',
    ]);
    expect(error.problems[1]!.message).toContain('left out: 2 in HEIC');
  });

  it('keeps a class of one image, and leaves out what is large and no image', async () => {
    const { report } = await read([
      ...flowers(),
      { name: 'lily/1.png', bytes: png },
      { name: 'model.h5', bytes: Buffer.alloc(2 ** 21), deflate: true },
      { name: 'rose/model.h5', bytes: Buffer.alloc(2 ** 21), deflate: true },
      { name: 'tulip/model.h5', claims: { size: 2 ** 31 } },
    ]);
    expect(report.classes[0]).toEqual({ name: 'lily', count: 1 });
    expect(report.skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'model.h5: Neither an image nor in a class folder',
      'rose/model.h5: Not an image: 2097152 bytes, left unread',
      'tulip/model.h5: Not an image: 2147483648 bytes, left unread',
    ]);
    expect(report.warnings).toEqual([
      '3 files were left out: 2 not images, 1 outside class folders.',
      'lily has one image only: it is learned, but not validated.',
      '1 image is a copy of another, byte for byte; copies stay together when images are held out for validation.',
      '1 image lies in more than one class.',
    ]);
  });

  it('refuses classes of one image each: nothing is left to validate with', async () => {
    const entries = ['rose/1.png', 'rose/2.png', 'tulip/1.png', 'tulip/2.png'];
    const copies = entries.map((name) => ({ name, bytes: png }));
    expect(await refusal(read(copies))).toMatchObject({ code: 'CLASSES_TOO_SMALL' });
  });

  it('warns of very unequal classes, of what was converted, and of copies across splits', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, (_, index) => coloured(index)));
    const jpeg = await noise(40, 40).jpeg().toBuffer();
    const cmyk = await plain(9, 7, red).toColourspace('cmyk').jpeg().toBuffer();
    const deep = rawPng({ width: 9, height: 7, depth: 16, colourType: 'grey', pixel: [9, 9] });
    const { report } = await read([
      ...many.map((bytes, index) => ({ name: `train/rose/${index}.png`, bytes })),
      { name: 'train/tulip/1.jpg', bytes: jpeg.subarray(0, -2) },
      { name: 'train/rose/cmyk.jpg', bytes: cmyk },
      { name: 'train/rose/deep.png', bytes: deep },
      { name: 'valid/rose/1.png', bytes: many[1] },
    ]);
    expect(report.warnings).toEqual([
      'The classes are very unequal: rose has 23 images, tulip 1. A model may hardly ever name the small ones; look at the accuracy of each class.',
      'No image of tulip is in the split that models are validated with.',
      '1 image is a copy of another, byte for byte.',
      '1 image lies in more than one split: validation looks better than it is.',
      'Taken without the end marker of JPEG: 1 image.',
      'Stretched to the whole range, as the values fill only 8 to 14 of 16 bits: 1 image.',
      'Converted from CMYK as for a common printing press, for want of a profile; colours may differ slightly: 1 image.',
    ]);
  });
});

describe('archives that cannot become a dataset', () => {
  const entry = (name: string, claims?: ForgedEntry['claims']): ForgedEntry => ({
    name,
    bytes: png,
    claims,
  });

  it.each(['../rose/1.png', 'rose/../../1.png', '/etc/1.png', 'C:/rose/1.png', 'rose/1\0.png'])(
    'refuses the name %j',
    async (name) => {
      const error = await refusal(read([...flowers(), entry(name)]));
      expect(error.code).toBe('UNSAFE_ENTRY_NAME');
      expect(error.problems.map(({ where }) => where)).toEqual([name]);
    },
  );

  it.each<[DatasetError['code'], string, ForgedEntry[]]>([
    ['UNSAFE_ENTRY_NAME', 'a symbolic link', [entry('rose/3.png', { mode: 0o120777 })]],
    ['ENCRYPTED_ENTRY', 'a password', [entry('rose/3.png', { flags: 1 })]],
    ['UNSUPPORTED_COMPRESSION', 'LZMA', [entry('rose/3.png', { method: 14 })]],
    ['DUPLICATE_ENTRY', 'a name twice', [entry('rose/2.png')]],
    ['ENTRY_TOO_LARGE', 'a huge entry', [entry('rose/3.png', { size: 2 ** 31 })]],
    [
      'INVALID_CLASS_NAME',
      'classes that differ in case',
      [entry('ROSE/1.png'), entry('ROSE/2.png')],
    ],
    ['INVALID_CLASS_NAME', 'a control character', [entry('a\nb/1.png'), entry('a\nb/2.png')]],
    ['NOT_AN_ARCHIVE', 'a wrong checksum', [entry('rose/3.png', { checksum: 1 })]],
    ['NOT_AN_ARCHIVE', 'fewer bytes than claimed', [entry('rose/3.png', { size: 10_000 })]],
    [
      'NOT_AN_ARCHIVE',
      'a damaged stream',
      [{ ...entry('rose/3.png', { method: 8 }), bytes: Buffer.from('\x89PNG', 'latin1') }],
    ],
  ])('answers %s to %s', async (code, _, entries) => {
    const error = await refusal(read([...flowers(), ...entries]));
    expect(error).toMatchObject({ name: 'DatasetError', code });
    expect(error.problems).not.toHaveLength(0);
  });

  it('answers NOT_AN_ARCHIVE to anything else, and to half a zip', async () => {
    const zip = buildZip(flowers());
    for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), zip.subarray(0, -40)]) {
      expect(await refusal(readZip(bytes))).toMatchObject({ code: 'NOT_AN_ARCHIVE' });
    }
    expect(await refusal(readZip(buildZip(flowers(), { entryCount: 9 })))).toMatchObject({
      code: 'NOT_AN_ARCHIVE',
      message: expect.stringContaining('its end says 9 entries, its directory lists 4'),
    });
  });

  it('wants two classes, and images at all', async () => {
    const one = flowers().filter(({ name }) => String(name).startsWith('rose'));
    expect(await refusal(read(one))).toMatchObject({ code: 'TOO_FEW_CLASSES' });
    expect(await refusal(read([]))).toMatchObject({ code: 'NO_IMAGES' });
  });

  it('keeps to its limits', async () => {
    const blank = Buffer.alloc(2 ** 21);
    const bomb: ForgedEntry = { name: 'rose/3.png', bytes: blank, deflate: true };
    const code = async (promise: Promise<unknown>) => (await refusal(promise)).code;
    expect(await code(read(flowers(), { entries: 3 }))).toBe('TOO_MANY_ENTRIES');
    expect(await code(read(flowers(), { totalBytes: 300 }))).toBe('ARCHIVE_TOO_LARGE');
    expect(await code(read(flowers(), { entryBytes: 60 }))).toBe('ENTRY_TOO_LARGE');
    expect(await code(read([...flowers(), bomb]))).toBe('COMPRESSION_RATIO_TOO_HIGH');
  });

  it('counts the bytes that really come out', async () => {
    const bomb = { name: 'rose/3.png', bytes: Buffer.alloc(2 ** 21), deflate: true };
    const modest = { ...bomb, claims: { size: 10_000 } };
    expect(await refusal(read([...flowers(), modest]))).toMatchObject({
      code: 'ENTRY_TOO_LARGE',
      problems: [{ where: 'rose/3.png' }],
    });
  });

  it('sees through entries that share their bytes', async () => {
    const kernel = { name: 'rose/3.png', bytes: Buffer.alloc(2 ** 20), deflate: true };
    const copies = Array.from({ length: 50 }, (_, index) => ({
      ...kernel,
      name: `rose/copy${index}.png`,
      sharesDataOf: 4,
    }));
    expect(await refusal(read([...flowers(), kernel, ...copies]))).toMatchObject({
      code: 'COMPRESSION_RATIO_TOO_HIGH',
    });
  });

  it('closes the archive when its reader stops early', async () => {
    const path = await writeZip(join(folder, 'early.zip'), flowers());
    const folders = readClassFolders(path);
    for await (const image of folders) {
      expect(image.name).toBe('1.png');
      break;
    }
    expect(() => folders.report).toThrow('not been read');
  });
});
