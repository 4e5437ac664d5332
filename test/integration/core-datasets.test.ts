import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import sharp from 'sharp';
import { describe, expect } from 'vitest';
import type { RunningApi, TestHouse } from './support/api';
import { it } from './support/fixture';
import type { Client, Page as List, Problem } from './support/client';
import { bmp, classFolders, solidImage } from './support/images';
import { zip } from './support/zip';

interface Dataset {
  id: string;
  name: string;
  classes: { name: string; count: number }[];
  images: number;
  bytes: number;
  skipped: { path: string; reason: string }[];
  skippedCount: number;
  warnings: string[];
  splits: { train: number; valid: number; test: number } | null;
}
interface Page {
  total: number;
  items: {
    index: number;
    class: string;
    name: string;
    split: string | null;
    width: number;
    url: string;
  }[];
}

let house: TestHouse;
let api: RunningApi;
let client: Client;

it.override('settings', { COATRACK_MAX_DATASET_BYTES: '1000000' });

it.beforeAll(({ api: running, house: own }) => {
  api = running;
  house = own;
  client = api.client;
});

const storedFiles = () => house.storedFiles();

const image = (id: string, index: number, query = '') =>
  client.get<Buffer>(`/datasets/${id}/images/${index}${query}`);

describe('datasets', () => {
  it('an upload is stored, its images are shown, and deleting it removes the bytes', async () => {
    const file = zip({
      'flowers/rose/b.png': await solidImage(200, 0, 0),
      'flowers/rose/a.png': await solidImage(250, 0, 0, 64),
      'flowers/daisy/c.png': await solidImage(250, 250, 250),
      'flowers/daisy/d.png': await solidImage(240, 240, 240),
      'flowers/daisy/notes.txt': Buffer.from('no image'),
    });
    const created = await client.upload<Dataset>('/datasets', { name: 'flowers', file });
    expect(created.status).toBe(201);
    const dataset = created.body;
    expect(dataset).toMatchObject({
      name: 'flowers',
      images: 4,
      classes: [
        { name: 'daisy', count: 2 },
        { name: 'rose', count: 2 },
      ],
      skippedCount: 1,
    });
    expect(dataset.skipped[0]?.path).toContain('notes.txt');
    expect((await client.get<Dataset>(`/datasets/${dataset.id}`)).body).toEqual(dataset);
    const listed = (await client.get<List<Dataset>>('/datasets')).body.items;
    expect(listed.map(({ name }) => name)).toEqual(['flowers']);
    expect(listed[0]).not.toHaveProperty('skipped');

    const path = `/datasets/${dataset.id}/images`;
    const roses = (await client.get<Page>(`${path}?class=rose&limit=1&offset=0`)).body;
    expect(roses.total).toBe(2);
    expect(roses.items).toMatchObject([{ index: 2, class: 'rose', name: 'a.png', width: 64 }]);
    expect(roses.items[0]?.url).toBe(`/api/v1${path}/2`);
    expect((await client.get<Page>(path)).body.items).toHaveLength(4);
    expect((await client.get<Page>(`${path}?class=tulip`)).body).toEqual({
      total: 0,
      items: [],
      next: null,
    });

    const original = await image(dataset.id, 2);
    expect(original.headers.get('Content-Type')).toBe('image/png');
    expect(original.body.equals(await solidImage(250, 0, 0, 64))).toBe(true);
    const small = await image(dataset.id, 2, '?size=16');
    expect(await sharp(small.body).metadata()).toMatchObject({ format: 'webp', width: 16 });
    const again = await client.get<Buffer>(`${path}/2`, {
      'If-None-Match': original.headers.get('ETag')!,
      // Without it fetch asks every cache on the way for a fresh copy.
      'Cache-Control': 'max-age=0',
    });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const part = await client.get<Buffer>(`${path}/2`, { Range: 'bytes=1-3' });
    expect([part.status, part.body.toString()]).toEqual([206, 'PNG']);

    expect((await client.delete(`/datasets/${dataset.id}`)).status).toBe(204);
    expect((await client.get(`/datasets/${dataset.id}`)).body.code).toBe('DATASET_NOT_FOUND');
    expect(await storedFiles()).toEqual([]);
  });

  it('unknown ids and images get 404, and invalid queries get every problem', async () => {
    const { body } = await client.upload<Dataset>('/datasets', {
      name: 'tiny',
      file: await classFolders({ red: 2, green: 2 }),
    });
    for (const id of [randomUUID(), 'no-uuid', "'--"]) {
      for (const path of [
        `/datasets/${id}`,
        `/datasets/${id}/images`,
        `/datasets/${id}/images/0`,
      ]) {
        expect((await client.get(path)).status, path).toBe(404);
      }
      expect((await client.delete(`/datasets/${id}`)).body.code).toBe('DATASET_NOT_FOUND');
    }
    for (const index of ['4', '-1', 'x', '99999999999']) {
      const missing = await client.get(`/datasets/${body.id}/images/${index}`);
      expect([missing.status, missing.body.code]).toEqual([404, 'IMAGE_NOT_FOUND']);
    }
    const wrong = await client.get(`/datasets/${body.id}/images?limit=0&offset=-1`);
    expect(wrong.status).toBe(422);
    expect(wrong.body.problems?.map(({ where }) => where)).toEqual(['limit', 'offset']);
    await client.delete(`/datasets/${body.id}`);
  });

  it.each<[string, () => Promise<Record<string, string | Uint8Array>>, number, string, RegExp]>([
    ['no fields', async () => ({ other: 'x' }), 422, 'INVALID_REQUEST', /name.*file/s],
    [
      'an empty name',
      async () => ({ name: ' ', file: await classFolders({ a: 2, b: 2 }) }),
      422,
      'INVALID_REQUEST',
      /name/,
    ],
    [
      'no zip',
      async () => ({ name: 'x', file: Buffer.from('hello') }),
      422,
      'INVALID_DATASET',
      /zip/i,
    ],
    [
      'a zip that is cut off',
      async () => ({ name: 'x', file: (await classFolders({ a: 2, b: 2 })).subarray(0, -30) }),
      422,
      'INVALID_DATASET',
      /zip/i,
    ],
    [
      'names that climb out',
      async () => ({ name: 'x', file: zip({ '../../a/x.png': await solidImage(1, 2, 3) }) }),
      422,
      'INVALID_DATASET',
      /\.\.\/\.\.\/a\/x\.png/,
    ],
    [
      'a zip bomb',
      async () => ({ name: 'x', file: zip({ 'a/x.png': Buffer.alloc(5_000_000) }) }),
      422,
      'INVALID_DATASET',
      /at most 200 times/,
    ],
    [
      'one class only',
      async () => ({ name: 'x', file: await classFolders({ a: 3 }) }),
      422,
      'INVALID_DATASET',
      /class/,
    ],
    [
      'more bytes than allowed',
      async () => ({ name: 'x', file: Buffer.alloc(1_000_001) }),
      413,
      'TOO_LARGE',
      /1000000/,
    ],
  ])('%s is refused and nothing is stored', async (_, parts, status, code, message) => {
    const answer = await client.upload('/datasets', await parts());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(JSON.stringify(answer.body)).toMatch(message);
    expect(answer.body.message).not.toContain(house.dataFolder);
    expect(await storedFiles()).toEqual([]);
    expect((await client.get<List<Dataset>>('/datasets')).body.items).toEqual([]);
  });

  it('splits are kept, and warnings about the dataset are reported', async () => {
    const cat = await solidImage(250, 0, 0);
    const file = zip({
      'README.md': Buffer.from('read me'),
      'pets/train/cat/1.png': cat,
      'pets/train/cat/2.png': await solidImage(240, 0, 0),
      'pets/train/dog/1.png': await solidImage(0, 0, 250),
      'pets/valid/cat/1.png': cat,
      'pets/valid/dog/1.bmp': bmp(8, 8),
      'pets/test/7.png': await solidImage(1, 2, 3),
    });
    const { status, body } = await client.upload<Dataset>('/datasets', { name: 'splits', file });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      images: 5,
      splits: { train: 3, valid: 2, test: 0 },
      skipped: [
        { path: 'README.md', reason: 'Neither an image nor in a class folder' },
        {
          path: 'pets/test/7.png',
          reason: 'In test, but in no class folder: it has no label',
        },
      ],
      warnings: [
        '2 files were left out: 1 outside class folders, 1 without a label.',
        '1 image is a copy of another, byte for byte.',
        '1 image lies in more than one split: validation looks better than it is.',
      ],
    });
    expect((await client.get<Dataset>(`/datasets/${body.id}`)).body).toEqual(body);
    const { items } = (await client.get<Page>(`/datasets/${body.id}/images`)).body;
    expect(items.map(({ name, split }) => `${name} ${split}`)).toEqual([
      '1.png train',
      '1.png valid',
      '2.png train',
      '1.bmp valid',
      '1.png train',
    ]);
    expect((await image(body.id, 3)).headers.get('Content-Type')).toBe('image/bmp');
    const small = await image(body.id, 3, '?size=16');
    expect(await sharp(small.body).metadata()).toMatchObject({ format: 'webp', width: 8 });
    await client.delete(`/datasets/${body.id}`);
  });

  it('the skipped files are also reported when an archive is refused', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    const file = zip({ 'cat/1.heic': heic, 'dog/1.heic': heic, 'dog/notes.txt': heic });
    const { status, body } = await client.upload('/datasets', { name: 'none', file });
    expect([status, body.code, body.message]).toEqual([
      422,
      'INVALID_DATASET',
      'The archive holds no image that can be read (left out: 3 in HEIC (export it as JPEG or PNG))',
    ]);
    expect(body.problems?.map(({ where }) => where)).toEqual([
      'cat/1.heic',
      'dog/1.heic',
      'dog/notes.txt',
    ]);
  });

  it('the encoding of names is taken from the form or the query', async () => {
    const file = Buffer.from(await classFolders({ 'K#fer': 2, dog: 2 }));
    // In Windows's encoding, and without the flag that says UTF-8.
    for (let at = file.indexOf('K#fer'); at >= 0; at = file.indexOf('K#fer', at))
      file[at + 1] = 0xe4;
    for (let at = 0; at < file.length - 4; at++) {
      const signature = file.readUInt32LE(at);
      if (signature === 0x04034b50) file.writeUInt16LE(0, at + 6);
      if (signature === 0x02014b50) file.writeUInt16LE(0, at + 8);
    }
    const make = async (query: string, fields: Record<string, string>) => {
      const { body } = await client.upload<Dataset>(`/datasets${query}`, {
        name: 'names',
        ...fields,
        file,
      });
      await client.delete(`/datasets/${body.id}`);
      return body.classes.map(({ name }) => name);
    };
    expect(await make('', {})).toEqual(['Käfer', 'dog']);
    expect(await make('', { nameEncoding: 'cp437' })).toEqual(['KΣfer', 'dog']);
    expect(await make('?nameEncoding=cp866', {})).toEqual(['Kфfer', 'dog']);
    const wrong = await client.upload('/datasets', { name: 'x', nameEncoding: 'klingon', file });
    expect([wrong.status, wrong.body.problems?.[0]?.where]).toEqual([422, 'nameEncoding']);
    const query = await client.upload('/datasets?nameEncoding=klingon', { name: 'x', file });
    expect([query.status, query.body.problems?.[0]?.where]).toEqual([422, 'nameEncoding']);
  });

  it('refuses an upload with a field that is unknown, before or after its file', async () => {
    const file = await classFolders({ red: 2, green: 2 });
    for (const form of [
      { name: 'x', nameencoding: 'cp437', file },
      { name: 'x', file, nameencoding: 'cp437' },
    ]) {
      const { status, body } = await client.upload('/datasets', form);
      expect([status, body.problems]).toEqual([
        422,
        [
          {
            where: 'nameencoding',
            message: '"nameencoding" is unknown; known are name, nameEncoding, file',
          },
        ],
      ]);
    }
  });

  it.each([
    ['one that is taken', 'taken', 409, 'DATASET_EXISTS'],
    ['an empty one', ' ', 422, 'INVALID_REQUEST'],
  ])('an invalid name is refused before the file is sent: %s', async (_, name, status, code) => {
    const file = await classFolders({ red: 2, green: 2 });
    const { body } = await client.upload<Dataset>('/datasets', { name: 'taken', file });
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = `Authorization: Bearer ${client.key}\r\nContent-Type: multipart/form-data; boundary=b`;
    const length = 'Host: x\r\nContent-Length: 500000';
    const text = `--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n${name}\r\n`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nPK';
    socket.write(`POST /api/v1/datasets HTTP/1.1\r\n${length}\r\n${head}\r\n\r\n${text}${part}`);
    // The rest of the file never comes.
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"${code}"`));
    socket.destroy();
    await client.delete(`/datasets/${body.id}`);
    await expect.poll(storedFiles).toEqual([]);
  });

  it('bodies that are not forms, and forms that end early, are refused', async () => {
    const noForm = await client.post('/datasets', { name: 'x' });
    expect([noForm.status, noForm.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const broken = await client.send<Problem>('POST', '/datasets', {
      body: '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nPK',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    expect([broken.status, broken.body.code]).toEqual([422, 'INVALID_REQUEST']);
    expect(await storedFiles()).toEqual([]);
  });

  it('an upload whose client disconnects leaves nothing behind', async () => {
    const head = `Authorization: Bearer ${client.key}\r\nContent-Type: multipart/form-data; boundary=b`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const length = 'Host: x\r\nContent-Length: 500000';
    socket.write(`POST /api/v1/datasets HTTP/1.1\r\n${length}\r\n${head}\r\n\r\n${part}`);
    socket.write('x'.repeat(100_000));
    await expect.poll(storedFiles).toHaveLength(1);
    socket.destroy();
    await expect.poll(storedFiles).toEqual([]);
    expect((await client.get<List<Dataset>>('/datasets')).body.items).toEqual([]);
  });

  it('a name is used once, even if two uploads race for it', async () => {
    const file = await classFolders({ red: 2, green: 2 });
    const answers = await Promise.all(
      [1, 2, 3].map(() => client.upload<Dataset & Problem>('/datasets', { name: 'race', file })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const late = await client.upload('/datasets', { name: 'race', file });
    expect([late.status, late.body.code]).toEqual([409, 'DATASET_EXISTS']);
    const made = answers.find(({ status }) => status === 201)!.body;
    expect((await image(made.id, 0)).status).toBe(200);
    await client.delete(`/datasets/${made.id}`);
    expect(await storedFiles()).toEqual([]);
  });

  it('equal uploads share their bytes, which are kept as long as one needs them', async () => {
    const file = await classFolders({ red: 2, green: 2 });
    const make = async (name: string) =>
      (await client.upload<Dataset>('/datasets', { name, file })).body.id;
    const kept = await make('kept');
    // Uploads and deletions of the same bytes at once: whatever their order, no image gets lost.
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const id = await make(`passing-${i}`);
        expect((await image(id, 3)).status).toBe(200);
        expect((await client.delete(`/datasets/${id}`)).status).toBe(204);
      }),
    );
    expect((await image(kept, 3)).status).toBe(200);
    expect(await storedFiles()).toHaveLength(1);
    await client.delete(`/datasets/${kept}`);
    expect(await storedFiles()).toEqual([]);
  });

  it('a dataset cannot be deleted while a queued job needs it', async () => {
    const { body: dataset } = await client.upload<Dataset>('/datasets', {
      name: 'wanted',
      file: await classFolders({ red: 4, green: 4 }),
    });
    const job = await client.post<{ id: string }>('/jobs', {
      type: 'fine-tune',
      architecture: 'efficientnetv2_b0',
      dataset: 'wanted',
      name: 'colours',
      recipe: { epochs: 2, imageSize: 32 },
    });
    expect(job.status).toBe(202);
    const refused = await client.delete(`/datasets/${dataset.id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'DATASET_IN_USE']);
    await client.post(`/jobs/${job.body.id}/cancel`);
    expect((await client.delete(`/datasets/${dataset.id}`)).status).toBe(204);
    const finished = await client.get<{ dataset: { name: string } }>(`/jobs/${job.body.id}`);
    expect(finished.body.dataset.name).toBe('wanted');
  });
});
