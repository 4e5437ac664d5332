import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { availableEngines } from '@coatrack/kernels';
import { beforeAll, describe, expect, it } from 'vitest';

interface Report {
  passed: number;
  failed: { name: string; message: string }[];
  excluded: number;
  unusedExclusions: string[];
  liveHandles: number;
}

const torch = (await availableEngines()).find(({ name }) => name === 'torch')!;

describe.skipIf(!torch.available)("tfjs-core's own conformance suite on the torch engine", () => {
  let report: Report;

  beforeAll(() => {
    const script = join(__dirname, 'run-suite.mjs');
    const output = execFileSync(process.execPath, [script, join(__dirname, 'exclusions.json')], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, COATRACK_THREADS: '1' },
    });
    report = JSON.parse(output.trimEnd().split('\n').at(-1)!);
  });

  it('passes, but for what exclusions.json lists with its reasons', () => {
    expect(report.failed).toEqual([]);
    expect(report.passed).toBeGreaterThan(4000);
  });

  it('excludes nothing that is not in the suite', () => {
    expect(report.unusedExclusions).toEqual([]);
  });

  it('leaves no tensor behind in libtorch', () => {
    expect(report.liveHandles).toBe(0);
  });
});
