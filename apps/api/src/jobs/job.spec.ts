import type { EpochEvent } from '@coatrack/training';
import { describe, expect, it } from 'vitest';
import { fineTuneJob } from '../training/fine-tune.job';
import {
  type FineTuneJob,
  type FineTuneShape,
  recordCheckpoint,
  recordMemory,
  recordTraining,
} from '../training/training-progress';
import type { JobChange } from './job-record';
import {
  claimJob,
  ClaimLostError,
  failJob,
  forgetCheckpoint,
  abandonJob,
  newJob,
  releaseJob,
  requestCancel,
  stopJob,
  succeedJob,
} from './job';
import { isTerminal } from './job-state';
import { deathLimit } from './job-definition';

const now = new Date('2026-01-01T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const claiming = { claim: 'mine', worker: 'w', staleAfterMs: 15_000 };

const asked = {
  name: 'pets',
  request: {
    architecture: 'efficientnetv2_b0',
    parent: null,
    dataset: { id: 'd', name: 'pets' },
    recipe: {} as FineTuneJob['request']['recipe'],
  },
};
const queued = newJob<FineTuneShape>(fineTuneJob, asked, 'a', now);

const after = (job: FineTuneJob, change: JobChange<FineTuneShape> | null): FineTuneJob => ({
  ...job,
  ...change?.fields,
});
const running = after(queued, claimJob(fineTuneJob, queued, claiming, now));
const epoch = (number: number): EpochEvent => ({
  type: 'epoch',
  epoch: number,
  step: number * 5,
  trainLoss: 1,
  trainTop1: 0.5,
  validationLoss: 1,
  top1: 0.5,
  top5: 1,
  imagesPerSecond: 10,
  etaSeconds: 5,
  progress: number / 4,
});

describe('claiming', () => {
  it('claiming a queued job assigns it to the worker', () => {
    expect(running).toMatchObject({
      state: 'running',
      claim: 'mine',
      attempts: 1,
      heartbeatAt: now,
      startedAt: now,
    });
  });

  it('a running job cannot be claimed until its heartbeat is stale', () => {
    const other = { ...claiming, claim: 'other' };
    expect(claimJob(fineTuneJob, running, other, later(14))).toBeNull();
    expect(after(running, claimJob(fineTuneJob, running, other, later(15)))).toMatchObject({
      claim: 'other',
      attempts: 2,
      startedAt: now,
    });
  });

  it('a run whose job was taken over can no longer write', () => {
    const taken = after(
      running,
      claimJob(fineTuneJob, running, { ...claiming, claim: 'other' }, later(60)),
    );
    expect(() => recordTraining(taken, 'mine', epoch(1))).toThrow(ClaimLostError);
    expect(() => recordCheckpoint(taken, 'mine', { blob: 'x', epoch: 1, step: 5 })).toThrow(
      ClaimLostError,
    );
    expect(() => failJob(fineTuneJob, taken, 'mine', { code: 'X', message: 'x' }, now)).toThrow(
      ClaimLostError,
    );
    expect(() => releaseJob(fineTuneJob, taken, 'mine', now)).toThrow(ClaimLostError);
  });

  it('claiming drops the epochs after the checkpoint, which the resumed run repeats', () => {
    let job = after(running, recordTraining(running, 'mine', epoch(1)));
    job = after(job, recordCheckpoint(job, 'mine', { blob: 'x', epoch: 1, step: 5 }));
    job = after(job, recordTraining(job, 'mine', epoch(2)));
    const change = claimJob(fineTuneJob, job, { ...claiming, claim: 'other' }, later(60))!;
    expect(change.fields.status).toMatchObject({
      epoch: 1,
      step: 5,
      history: [{ epoch: 1, trainLoss: 1 }],
    });
    expect(change.events).toEqual([
      { type: 'state', state: 'running', attempt: 2, resumedFromEpoch: 1 },
    ]);
  });

  it('the job of a dead worker returns to the queue, and the death is counted', () => {
    expect(abandonJob(fineTuneJob, running, ['v'], now)).toBeNull();
    expect(abandonJob(fineTuneJob, queued, ['w'], now)).toBeNull();
    const abandoned = after(running, abandonJob(fineTuneJob, running, ['v', 'w'], now));
    expect(abandoned).toMatchObject({ state: 'queued', worker: null, fruitlessAttempts: 1 });
    const unwanted = after(running, requestCancel(fineTuneJob, running, now));
    expect(abandonJob(fineTuneJob, unwanted, ['w'], now)?.fields.state).toBe('cancelled');
  });

  it('a job that keeps killing its worker fails, but not one that makes progress', () => {
    let job = queued;
    for (let attempt = 0; attempt < deathLimit; attempt++) {
      job = after(job, claimJob(fineTuneJob, job, claiming, later(attempt * 60)));
    }
    const moved = after(job, recordCheckpoint(job, 'mine', { blob: 'x', epoch: 1, step: 5 }));
    expect(claimJob(fineTuneJob, moved, claiming, later(600))?.fields.state).toBe('running');
    expect(claimJob(fineTuneJob, job, claiming, later(600))?.fields).toMatchObject({
      state: 'failed',
      error: { code: 'WORKER_DIED' },
    });
  });
});

describe('deaths before the first step', () => {
  const dieTwice = (memory: { needed: number; available: number }, steps = 0) => {
    let job = queued;
    for (let attempt = 0; attempt < 2; attempt++) {
      job = after(job, claimJob(fineTuneJob, job, claiming, later(attempt * 60)));
      job = after(job, recordMemory(job, 'mine', memory));
      if (steps > 0) job = { ...job, status: { ...job.status, step: steps } };
    }
    return claimJob(fineTuneJob, job, claiming, later(600))!.fields;
  };

  it('end the job after the second death if memory is short', () => {
    const { state, error } = dieTwice({ needed: 6, available: 10 });
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'WORKER_DIED' });
    expect(error!.message).toMatch(/died 2 times .*smaller batchSize or imageSize needs less/);
  });

  it('do not end the job early if memory is sufficient or steps were made', () => {
    expect(dieTwice({ needed: 4, available: 10 }).state).toBe('running');
    expect(dieTwice({ needed: 6, available: 10 }, 3).state).toBe('running');
  });
});

describe('ending', () => {
  it('ending a job clears the claim and the checkpoint and sets the time', () => {
    const result = { model: 'pets', version: 1 };
    const checkpoint = { blob: 'x', epoch: 1, step: 5 };
    const job = after(running, recordCheckpoint(running, 'mine', checkpoint));
    const done = after(job, succeedJob(fineTuneJob, job, 'mine', { result }, later(9)));
    expect(done).toMatchObject({ state: 'succeeded', claim: null, progress: 1, result });
    expect(done.status).toMatchObject({ step: 5, checkpoint: null });
    expect(done.finishedAt).toEqual(later(9));
    expect(claimJob(fineTuneJob, done, claiming, later(999))).toBeNull();
  });

  it('a failed job keeps its checkpoint until it is forgotten', () => {
    const checkpoint = { blob: 'x', epoch: 1, step: 5 };
    const job = after(running, recordCheckpoint(running, 'mine', checkpoint));
    expect(forgetCheckpoint(fineTuneJob, job)).toBeNull();
    const failed = after(
      job,
      failJob(fineTuneJob, job, 'mine', { code: 'X', message: 'x' }, later(9)),
    );
    expect(failed.status.checkpoint).toEqual(checkpoint);
    expect(after(failed, forgetCheckpoint(fineTuneJob, failed)).status.checkpoint).toBeNull();
  });

  it('a queued job is cancelled at once, a running one when its run stops', () => {
    expect(requestCancel(fineTuneJob, queued, now)?.fields.state).toBe('cancelled');
    const asked = after(running, requestCancel(fineTuneJob, running, now));
    expect(asked.state).toBe('running');
    expect(requestCancel(fineTuneJob, asked, later(1))).toBeNull();
    expect(stopJob(fineTuneJob, asked, 'mine', later(1)).fields.state).toBe('cancelled');
    expect(claimJob(fineTuneJob, asked, claiming, later(60))?.fields.state).toBe('cancelled');
  });

  it('a released job returns to the queue without counting the attempt as fruitless', () => {
    const released = after(running, releaseJob(fineTuneJob, running, 'mine', now));
    expect(released).toMatchObject({ state: 'queued', claim: null, fruitlessAttempts: 0 });
    expect(isTerminal(released.state)).toBe(false);
  });
});
