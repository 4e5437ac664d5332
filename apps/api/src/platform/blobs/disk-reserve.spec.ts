import { describe, expect, it } from 'vitest';
import { DiskReserve, StorageFullError } from './disk-reserve';

const mebibyte = 1024 ** 2;

/** Returns a function that reports a volume of the given sizes in bytes, in blocks of 4 KiB. */
function volume({ size, free }: { size: number; free: number }) {
  const state = { free };
  const look = () =>
    Promise.resolve({ bsize: 4096, blocks: size / 4096, bavail: Math.floor(state.free / 4096) });
  return { state, look };
}

describe('DiskReserve', () => {
  it.each([
    ['5 % of a small volume', 1000 * mebibyte, 50 * mebibyte],
    ['2 GiB of a large one', 1_000_000 * mebibyte, 2048 * mebibyte],
  ])('the default reserve is %s', async (_, size, reserved) => {
    const { look } = volume({ size, free: reserved + mebibyte });
    const reserve = new DiskReserve('/data', undefined, look);
    await expect(reserve.require(mebibyte)).resolves.toBeUndefined();
    const refused = reserve.require(mebibyte + 4096);
    await expect(refused).rejects.toThrow(
      `${reserved + mebibyte} bytes are free, ${mebibyte + 4096} are needed, and ${reserved} are kept`,
    );
    await expect(refused).rejects.toBeInstanceOf(StorageFullError);
  });

  it('the setting overrides the default reserve, even with 0', async () => {
    const { look } = volume({ size: 1000 * mebibyte, free: mebibyte });
    await new DiskReserve('/data', 0, look).require(mebibyte);
    await expect(new DiskReserve('/data', 4096, look).require(mebibyte)).rejects.toThrow('4096');
  });

  it('a stream fails when others fill the volume meanwhile', async () => {
    const { state, look } = volume({ size: 1000 * mebibyte, free: 500 * mebibyte });
    let passed = 0;
    async function* endless() {
      for (;;) yield new Uint8Array(mebibyte);
    }
    const written = (async () => {
      for await (const chunk of new DiskReserve('/data', undefined, look).guard(endless())) {
        passed += chunk.length;
        state.free -= 2 * chunk.length;
      }
    })();
    await expect(written).rejects.toBeInstanceOf(StorageFullError);
    expect(passed).toBeGreaterThan(200 * mebibyte);
    expect(state.free).toBeGreaterThan(0);
  });
});
