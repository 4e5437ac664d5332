import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findArchitecture,
  openWeights,
  WeightsFormatError,
  writeSafetensors,
} from '@coatrack/models';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const architecture = findArchitecture('efficientnetv2_b0');
const fixture = (name: string) => readFileSync(join(__dirname, `pytorch/fixtures/${name}.pth`));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damage-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Contents = Record<string, { dtype: string; shape: readonly number[]; values: Float32Array }>;

/** All tensors, or the error that says why not; every other error fails the test. */
async function read(bytes: Uint8Array): Promise<Contents | WeightsFormatError> {
  const path = join(folder, 'weights');
  await writeFile(path, bytes);
  try {
    const files = [{ name: 'w', path }];
    const weights = await openWeights(files, { architecture, temporaryFolder: folder });
    try {
      const contents: Contents = {};
      for (const [name, { dtype, shape }] of weights.tensors) {
        contents[name] = { dtype, shape, values: await weights.read(name) };
      }
      return contents;
    } finally {
      await weights.close();
    }
  } catch (error) {
    if (!(error instanceof WeightsFormatError)) throw error;
    expect(error.reason).not.toBe('');
    expect(error.reason).not.toContain(folder);
    return error;
  }
}

/** Of flips; the other properties have about half as many. */
const runs = Number(process.env.COATRACK_PROPERTY_RUNS ?? 300);

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const place = (bytes: Uint8Array, at: number) => Math.floor(at * bytes.length);

function flipped(bytes: Buffer, flips: readonly (readonly [at: number, mask: number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, mask] of flips) copy[place(bytes, at)]! ^= mask;
  return copy;
}

const flips = fc.array(fc.tuple(share, fc.integer({ min: 1, max: 255 })), {
  minLength: 1,
  maxLength: 4,
});

const safetensors = async () => {
  const path = join(folder, 'whole.safetensors');
  await writeSafetensors(path, [
    { name: 'a', shape: [2, 3], dtype: 'F32', data: async () => new Float32Array(6).fill(0.5) },
    { name: 'b', shape: [], dtype: 'I64', data: async () => BigInt64Array.of(7n) },
  ]);
  return readFileSync(path);
};

const files: [name: string, bytes: () => Buffer | Promise<Buffer>][] = [
  ['safetensors', safetensors],
  ['a zip of torch.save', () => fixture('checkpoint-ema')],
  ['a zip of views', () => fixture('views')],
  ['a legacy file of torch.save', () => fixture('legacy')],
  ['a legacy file of views', () => fixture('legacy-views')],
];

describe.each(files)('%s', (kind, bytesOf) => {
  it('cut off at any byte is an error', async () => {
    const bytes = await bytesOf();
    await fc.assert(
      fc.asyncProperty(share, async (at) => {
        expect(await read(bytes.subarray(0, place(bytes, at)))).toBeInstanceOf(WeightsFormatError);
      }),
    );
  });

  it('with flipped bits is an error or, where checksums cover it, the right weights', async () => {
    const bytes = await bytesOf();
    const right = await read(bytes);
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const found = await read(flipped(bytes, changes));
        if (kind.includes('zip') && !(found instanceof Error)) expect(found).toEqual(right);
      }),
      { numRuns: runs },
    );
  });

  it('with bytes put in, taken out or repeated is an error or, under checksums, right', async () => {
    const bytes = await bytesOf();
    const right = await read(bytes);
    const edit = fc.tuple(share, share, fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(edit, async ([from, to, put]) => {
        const edited = [
          bytes.subarray(0, place(bytes, from)),
          put,
          bytes.subarray(place(bytes, to)),
        ];
        const found = await read(Buffer.concat(edited));
        if (kind.includes('zip') && !(found instanceof Error)) expect(found).toEqual(right);
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  });
});

describe('random bytes after a beginning of each format', () => {
  it.each([
    ['zip', [0x50, 0x4b, 3, 4]],
    ['pickle', [0x80, 2]],
    ['pickle of protocol 4', [0x80, 4, 0x95]],
    ['safetensors', [60, 0, 0, 0, 0, 0, 0, 0, 0x7b]],
  ])('are an error: %s', async (_, start) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (rest) => {
        expect(await read(Uint8Array.of(...start, ...rest))).toBeInstanceOf(WeightsFormatError);
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  });
});
