import sharp from 'sharp';
import { describe, expect } from 'vitest';
import type { RunningApi } from './support/api';
import { it } from './support/fixture';
import type { Problem } from './support/client';
import { uploadPets } from './support/pets';
import { bmp, claimingSize, differentImages, solidImage } from './support/images';
import { predict, type Prediction } from './support/predict';

const labels = ['cat', 'dog', 'fox'];

let api: RunningApi;

it.override('settings', {
  COATRACK_ENGINE: 'wasm',
  COATRACK_INFERENCE_THREADS: '1',
  COATRACK_MAX_BATCH: '4',
  COATRACK_QUEUE_IMAGES: '12',
  COATRACK_MAX_PREDICT_IMAGES: '40',
});
it.beforeAll(async ({ api: running }) => {
  api = running;
  await uploadPets(api.client, { labels, imageSize: 64, seeds: [1] });
});

type Body = { type: string; bytes: Uint8Array | string; headers?: Record<string, string> };

const ask = <T = Prediction>(query: string, { type, bytes, headers }: Body) =>
  predict<T>(api.client, `pets/predict${query}`, bytes, {
    'Content-Type': type,
    ...headers,
  });

const png = (bytes: Uint8Array, headers = {}): Body => ({ type: 'image/png', bytes, headers });
const json = (images: unknown): Body => ({
  type: 'application/json',
  bytes: JSON.stringify({ images }),
});

const probabilitiesOf = ({ predictions }: Prediction['results'][0]) =>
  labels.map((label) => predictions.find((each) => each.label === label)!.probability);

describe('several images', () => {
  it('are answered in order, with the same results as each alone, by form and by JSON', async () => {
    const all = await differentImages(64);
    const alone: number[][] = [];
    for (const bytes of all) {
      const { body } = await ask('?version=1', png(bytes));
      expect(body.batchSizes).toEqual([1]);
      alone.push(probabilitiesOf(body.results[0]!));
    }
    expect(new Set(alone.map((each) => each[1]!.toFixed(5))).size).toBe(all.length);
    const form = new FormData();
    for (const bytes of all) form.append('image', new Blob([new Uint8Array(bytes)]));
    const byForm = await api.client.send<Prediction>('POST', '/models/pets/predict?version=1', {
      body: form,
    });
    const byJson = await ask('?version=1', json(all.map((each) => each.toString('base64'))));
    for (const { status, body } of [byForm, byJson]) {
      expect(status, JSON.stringify(body)).toBe(200);
      body.results.map(probabilitiesOf).forEach((probabilities, index) => {
        probabilities.forEach((value, label) =>
          expect(value).toBeCloseTo(alone[index]![label]!, 5),
        );
      });
      expect(body.batchSizes).toEqual([4, 2]);
      expect(body.timings.total).toBeGreaterThanOrEqual(body.timings.inference);
    }
  });

  it('may exceed the queue, but not the limit of a request', async () => {
    const image = (await solidImage(1, 2, 3)).toString('base64');
    const many = await ask('?version=1', json(Array(30).fill(image)));
    expect([many.status, many.body.results.length]).toEqual([200, 30]);
    const more = await ask<Problem>('?version=1', json(Array(41).fill(image)));
    expect(more.body.problems).toMatchObject([{ where: 'body.images' }]);
  });

  it('may arrive in JSON bodies larger than others', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const create = { width: 900, height: 900, channels: 3, background: 'black', noise } as const;
    const large = (await sharp({ create }).png().toBuffer()).toString('base64');
    expect(large.length).toBeGreaterThan(2 ** 20);
    expect((await ask('?version=1', json([large]))).status).toBe(200);
  });

  it.each([
    [{ type: 'application/json', bytes: '{' }, 400, 'INVALID_JSON', undefined],
    [json([]), 422, 'INVALID_REQUEST', 'body.images'],
    [json(['&&&&']), 422, 'INVALID_REQUEST', 'body.images.0'],
    [json(['']), 422, 'INVALID_REQUEST', 'image[0]'],
    [{ type: 'application/json', bytes: '[]' }, 422, 'INVALID_REQUEST', 'body'],
  ])('%j are refused', async (body, status, code, where) => {
    const answer = await ask<Problem>('', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.problems?.[0]?.where).toBe(where);
  });

  it('are all refused if one is invalid, which is named', async () => {
    const [first, second] = (await differentImages(64)).map((each) => each.toString('base64'));
    const text = Buffer.from('no image!!').toString('base64');
    const answer = await ask<Problem>('?version=1', json([first, text, second]));
    expect([answer.status, answer.body.code]).toEqual([422, 'NOT_AN_IMAGE']);
    expect(answer.body.problems).toMatchObject([{ where: 'image[1]' }]);
  });
});

describe('images of all kinds', () => {
  it('are read: WebP, AVIF, the first frame of a GIF, 16 bits, rotated by EXIF', async () => {
    const upright = sharp(await solidImage(200, 30, 40, 64)).extend({
      top: 64,
      background: '#0a0',
    });
    const still = await upright.clone().png().toBuffer();
    const reference = probabilitiesOf((await ask('?version=1', png(still))).body.results[0]!);
    const other = await sharp(await solidImage(9, 9, 250, 64))
      .resize(64, 128, { fit: 'fill' })
      .toBuffer();
    const encoded = {
      webp: await sharp(still).webp({ lossless: true }).toBuffer(),
      avif: await sharp(still).avif({ lossless: true }).toBuffer(),
      sixteen: await sharp(still).toColourspace('rgb16').png().toBuffer(),
      sideways: await sharp(still).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer(),
      frames: await sharp([still, other], { join: { animated: true } })
        .gif()
        .toBuffer(),
    };
    for (const [kind, bytes] of Object.entries(encoded)) {
      const { status, body } = await ask('?version=1', png(bytes));
      expect(status, kind).toBe(200);
      const probabilities = probabilitiesOf(body.results[0]!);
      probabilities.forEach((value, label) =>
        expect(value, kind).toBeCloseTo(reference[label]!, 4),
      );
    }
  });

  it('are read: BMP, 12 bits in 16, JPEG without its end marker', async () => {
    const probabilities = async (bytes: Buffer) => {
      const { status, body } = await ask('?version=1', png(bytes));
      expect(status, JSON.stringify(body)).toBe(200);
      return probabilitiesOf(body.results[0]!);
    };
    const drawing = bmp(40, 30, [250, 200, 10]);
    const pixels = Buffer.alloc(40 * 30 * 3);
    pixels.set([250, 200, 10]);
    const raw = { width: 40, height: 30, channels: 3 } as const;
    const same = await sharp(pixels, { raw }).png().toBuffer();
    expect(await probabilities(drawing)).toEqual(await probabilities(same));

    const grey = Uint16Array.from({ length: 40 * 30 }, (_, index) => (index * 7) % 256);
    const inBits = (bits: number) =>
      sharp(
        grey.map((value) => Math.round((value / 255) * (2 ** bits - 1))),
        {
          raw: { width: 40, height: 30, channels: 1 },
        },
      )
        .toColourspace('grey16')
        .png()
        .toBuffer();
    const whole = await probabilities(await inBits(16));
    (await probabilities(await inBits(12))).forEach((value, label) =>
      expect(value).toBeCloseTo(whole[label]!, 2),
    );

    const jpeg = await sharp(same).jpeg().toBuffer();
    expect(await probabilities(jpeg.subarray(0, -2))).toEqual(await probabilities(jpeg));

    const notesOf = async (images: Buffer[]) => {
      const { body } = await ask('?version=1', json(images.map((each) => each.toString('base64'))));
      return body.results.map(({ notes }) => notes);
    };
    const cmyk = await sharp(same).toColourspace('cmyk').jpeg().toBuffer();
    expect(await notesOf([jpeg, jpeg.subarray(0, -2), await inBits(12), cmyk])).toEqual([
      undefined,
      ['Taken without the end marker of JPEG.'],
      [expect.stringContaining('Stretched to the whole range')],
      [expect.stringContaining('Converted from CMYK')],
    ]);
  });

  it('of other formats are refused with the name of the format', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    const { status, body } = await ask<Problem>('?version=1', png(heic));
    expect([status, body.code, body.message]).toEqual([
      422,
      'NOT_AN_IMAGE',
      'The file is an image in HEIC: export it as JPEG or PNG',
    ]);
  });

  it('are refused before decoding if they are decompression bombs', async () => {
    const started = performance.now();
    const answer = await ask<Problem>(
      '?version=1',
      png(claimingSize(await solidImage(1, 2, 3), 60_000, 60_000)),
    );
    expect([answer.status, answer.body.code]).toEqual([422, 'NOT_AN_IMAGE']);
    expect(answer.body.message).toMatch(/60000×60000 pixels/);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('options of a prediction', () => {
  it('limit the labels by number and probability, and add embeddings', async () => {
    const [image] = await differentImages(64);
    const { body } = await ask('?version=1&topK=3', png(image!));
    const [first, second] = body.results[0]!.predictions;
    const threshold = (first!.probability + second!.probability) / 2;
    const some = await ask(`?version=1&threshold=${threshold}`, png(image!));
    expect(some.body.results[0]!.predictions).toEqual([first]);
    expect(body.results[0]).not.toHaveProperty('embedding');
    const all = await ask('?version=1&embeddings=true', json([image!.toString('base64')]));
    const { embedding } = all.body.results[0]!;
    expect(embedding).toHaveLength(1280);
    expect(new Set(embedding).size).toBeGreaterThan(100);
  });

  it('include a deadline, which is kept, and an invalid one is refused', async () => {
    const [image] = await differentImages(64);
    const late = await ask<Problem>('?version=1', png(image!, { 'X-Request-Timeout-Ms': '1' }));
    expect([late.status, late.body.code]).toEqual([504, 'DEADLINE_EXCEEDED']);
    const odd = await ask<Problem>('?version=1', png(image!, { 'X-Request-Timeout-Ms': 'soon' }));
    expect(odd.body.problems).toMatchObject([{ where: 'header.X-Request-Timeout-Ms' }]);
    const patient = await ask('?version=1', png(image!, { 'X-Request-Timeout-Ms': '60000' }));
    expect(patient.status).toBe(200);
  });
});
