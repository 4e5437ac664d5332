import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { availableEngines } from '@coatrack/kernels';
import { describe, expect, it } from 'vitest';

const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;
const limits = spawnSync('prlimit', ['--version']).status === 0;

describe.skipIf(torch.device !== 'cpu' || !limits)('a training step without enough memory', () => {
  it('fails by its number, frees its tensors and leaves the engine at work', () => {
    const output = execFileSync(process.execPath, [join(__dirname, 'out-of-memory.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, COATRACK_THREADS: '1' },
    });
    const report = JSON.parse(output.trimEnd().split('\n').at(-1)!);
    expect(report.name).toBe('TrainingMemoryError');
    expect(report.message).toMatch(/^Step 2 of the training ran out of memory: .*out of memory/);
    expect(report.after).toEqual(report.before);
    expect(Number.isFinite(report.loss)).toBe(true);
  });
});
