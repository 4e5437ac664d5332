import { describe, expect, it } from 'vitest';
import type { FineTuneJob, JobEvent } from '@/api/types';
import { beforeFirstEvent, latest, reduce } from './job-progress';

const pace = { imagesPerSecond: 40, etaSeconds: 12, progress: 0.5 };
const step = (number: number, loss: number): JobEvent => ({
  type: 'step',
  step: number,
  epoch: 1,
  loss,
  learningRate: 0.001,
  ...pace,
});
const epoch = (number: number, top1: number): JobEvent => ({
  type: 'epoch',
  epoch: number,
  step: number * 2,
  trainLoss: 1,
  trainTop1: 0.5,
  validationLoss: 1.2,
  top1,
  top5: 0.9,
  ...pace,
});
const play = (events: JobEvent[]) => events.reduce(reduce, beforeFirstEvent);

describe('job progress', () => {
  it('the progress of a job follows its events from the first to the last', () => {
    const end = play([
      { type: 'state', state: 'running', attempt: 1 },
      {
        type: 'started',
        engine: 'wasm (cpu)',
        steps: 4,
        epochs: 2,
        trainImages: 8,
        validationImages: 2,
      },
      step(1, 2.3),
      step(2, 1.9),
      epoch(1, 0.6),
      { type: 'state', state: 'succeeded', attempt: 1 },
    ]);
    expect(end).toMatchObject({
      state: 'succeeded',
      engine: 'wasm (cpu)',
      step: 2,
      steps: 4,
      progress: 1,
    });
    expect(end.losses.map(({ loss }) => loss)).toEqual([2.3, 1.9]);
    expect(end.history).toHaveLength(1);
    expect(end.history[0]).not.toHaveProperty('type');
  });

  it('points that a resumed worker repeats are dropped', () => {
    const end = play([step(1, 2.3), step(2, 1.9), step(3, 1.7), epoch(1, 0.6), step(2, 1.8)]);
    expect(end.losses).toEqual([
      { step: 1, loss: 2.3 },
      { step: 2, loss: 1.8 },
    ]);
    const again = [epoch(1, 0.65)].reduce(reduce, end);
    expect(again.history.map(({ top1 }) => top1)).toEqual([0.65]);
  });

  it('a long run is thinned out for drawing and keeps its latest step', () => {
    const end = play(Array.from({ length: 5001 }, (_, index) => step(index + 1, 1)));
    expect(end.losses.length).toBeLessThanOrEqual(1000);
    expect(end.losses.length).toBeGreaterThan(400);
    expect(end.step).toBe(5001);
  });

  it('the job as read is shown until the replay has caught up', () => {
    const job = { state: 'running', attempts: 1, step: 2, progress: 0.5, history: [] };
    const read = { ...job, epochs: 2, steps: 4 } as unknown as FineTuneJob;
    const running: JobEvent = { type: 'state', state: 'running', attempt: 1 };
    expect(latest(play([running, step(1, 2.3)]), read)).toMatchObject({ step: 2, progress: 0.5 });
    const caughtUp = latest(play([running, step(1, 2.3), step(2, 1.9), step(3, 1.7)]), read);
    expect(caughtUp).toMatchObject({ step: 3, epochs: 2 });
    expect(caughtUp.losses).toHaveLength(3);
  });
});
