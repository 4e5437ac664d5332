import { expect, it } from 'vitest';
import { claimJob, newJob, ClaimLostError } from './job';
import { type ExportJob, exportJob, type ExportShape } from '../registry/exports/export.job';
import type { Asked } from './job-definition';
import { progressReporter } from './phased-work';

const asked: Asked<ExportShape['request']> = {
  name: 'pets',
  request: { version: { model: 'pets', version: 1 }, format: 'onnx', precision: 'fp32' },
};
const start = new Date(0);
const queued = newJob<ExportShape>(exportJob, asked, 'a', start);
const claiming = claimJob(
  exportJob,
  queued,
  { claim: 'mine', worker: 'w', staleAfterMs: 1000 },
  start,
);
const running: ExportJob = { ...queued, ...claiming?.fields };

function reporter(claim: string) {
  let now = 0;
  const told: unknown[] = [];
  const report = progressReporter<ExportShape>(
    {
      claim,
      record: async (decide) => {
        const { fields, events } = decide(running);
        expect(fields.status).toMatchObject({ unit: 'tensors', total: 10 });
        told.push(...events);
      },
    },
    () => now,
  );
  const at = (ms: number, phase: string, done: number) => {
    now = ms;
    return report({ phase, done, total: 10, unit: 'tensors', progress: done / 10 });
  };
  return { at, told };
}

it('reports one event per second and every new phase, and estimates the time left once it can', async () => {
  const { at, told } = reporter('mine');
  await at(0, 'Writing', 0);
  await at(900, 'Writing', 1);
  await at(950, 'Verifying', 2);
  await at(2000, 'Verifying', 5);
  expect(told).toMatchObject([
    { type: 'progress', phase: 'Writing', done: 0, etaSeconds: null },
    { type: 'progress', phase: 'Verifying', done: 2, etaSeconds: null },
    { type: 'progress', phase: 'Verifying', done: 5, progress: 0.5, etaSeconds: 2 },
  ]);
});

it('reports nothing about a job that another worker has taken over', async () => {
  await expect(reporter('other').at(0, 'Writing', 0)).rejects.toThrow(ClaimLostError);
});

it('estimates from the pace of this run, not from the progress of an earlier one', async () => {
  const { at, told } = reporter('mine');
  await at(0, 'Downloading', 4);
  await at(3000, 'Downloading', 7);
  expect(told.at(-1)).toMatchObject({ progress: 0.7, etaSeconds: expect.closeTo(3) });
});
