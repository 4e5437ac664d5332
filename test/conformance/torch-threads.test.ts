import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { availableEngines } from '@coatrack/kernels';
import { describe, expect, it } from 'vitest';

const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

describe.skipIf(!torch.available)('threads on the torch engine', () => {
  it('have tensors of their own, and leave none behind when they end or are terminated', () => {
    const output = execFileSync(process.execPath, [join(__dirname, 'torch-threads.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, COATRACK_THREADS: '1' },
    });
    const { before, after } = JSON.parse(output.trimEnd().split('\n').at(-1)!);
    expect(after.handles).toBe(before.handles);
    expect(after.allocated).toBe(before.allocated);
  });
});
