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

describe.skipIf(!torch.available)(
  "tfjs-core's own conformance suite in two threads at once",
  () => {
    let reports: Report[];

    beforeAll(() => {
      const script = join(__dirname, 'run-suite.mjs');
      const output = execFileSync(process.execPath, [script, join(__dirname, 'exclusions.json')], {
        encoding: 'utf8',
        maxBuffer: 64 << 20,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, COATRACK_THREADS: '1' },
      });
      reports = JSON.parse(output.trimEnd().split('\n').at(-1)!);
    });

    it('passes, but for what exclusions.json lists with its reasons', () => {
      expect(reports).toHaveLength(2);
      for (const report of reports) {
        expect(report.failed).toEqual([]);
        expect(report.passed).toBeGreaterThan(4000);
      }
    });

    it('excludes nothing that is not in the suite', () => {
      expect(reports.flatMap(({ unusedExclusions }) => unusedExclusions)).toEqual([]);
    });

    it('leaves no tensor behind in libtorch', () => {
      expect(reports.map(({ liveHandles }) => liveHandles)).toEqual([0, 0]);
    });
  },
);
