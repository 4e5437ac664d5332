import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { File, FS, ready } from 'h5wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHdf5 } from './hdf5-file';

const sixteenMebibytes = 2 ** 24;
const limits = { heapBytes: 2 ** 26, namesMegabytes: 64, milliseconds: 60_000 };

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hdf5-'));
  path = join(folder, 'weights.h5');
  await ready;
  const file = new File('weights.h5', 'w');
  file.create_attribute('layer_names', ['small', 'large']);
  for (const [layer, length] of [
    ['small', 4],
    ['large', sixteenMebibytes],
  ] as const) {
    const group = file.create_group(layer);
    group.create_attribute('weight_names', ['kernel:0']);
    const chunks = length > 4 ? { chunks: [2 ** 20], compression: 'gzip' as const } : {};
    group.create_dataset({ name: 'kernel:0', data: new Float32Array(length).fill(7), ...chunks });
  }
  file.close();
  await writeFile(path, FS!.readFile('weights.h5'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a file of a few kilobytes that holds 64 MiB of values', () => {
  it('is read by name', async () => {
    const file = await openHdf5(path);
    expect(file.tensors).toEqual(
      new Map([
        ['small/kernel:0', { dtype: 'F32', shape: [4], path: 'small/kernel:0' }],
        ['large/kernel:0', { dtype: 'F32', shape: [sixteenMebibytes], path: 'large/kernel:0' }],
      ]),
    );
    const [small, large] = await Promise.all(
      [...file.tensors.keys()].map((name) => file.read(name)),
    );
    expect([...small]).toEqual([7, 7, 7, 7]);
    expect(large.length).toBe(sixteenMebibytes);
    await file.close();
  });

  it('cannot exceed its memory limit, and other tensors can still be read', async () => {
    const file = await openHdf5(path, limits);
    await expect(file.read('large/kernel:0')).rejects.toThrow(RangeError);
    expect([...(await file.read('small/kernel:0'))]).toEqual([7, 7, 7, 7]);
    await file.close();
  });

  it('cannot be read after it is closed', async () => {
    const file = await openHdf5(path);
    await file.close();
    await expect(file.read('small/kernel:0')).rejects.toThrow('it is closed');
  });
});

describe('a file that the HDF5 library reads forever', () => {
  it('is given up', async () => {
    // test/formats/keras/fixtures/structure.h5 with one byte changed, which makes a list circular.
    const endless = join(__dirname, 'endless.fixture.h5');
    await expect(openHdf5(endless, { ...limits, milliseconds: 4000 })).rejects.toThrow(
      'reading it took longer than 4 seconds',
    );
  });
});
