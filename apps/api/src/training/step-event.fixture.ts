import type { TrainingEvent } from '@coatrack/training';

/** Returns a training's event for a step, with arbitrary values. */
export function stepEvent(step: number): Extract<TrainingEvent, { type: 'step' }> {
  return {
    type: 'step',
    step,
    epoch: 1,
    loss: 1,
    learningRate: 0.1,
    imagesPerSecond: 1,
    etaSeconds: 1,
    progress: 0.1,
  };
}
