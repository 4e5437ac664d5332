import { expect, it } from 'vitest';
import { isBetter, isOutOfPatience } from './best-epochs';

/** Builds one epoch per pair of accuracy and loss. */
const historyOf = (...rows: [top1: number, validationLoss: number][]) =>
  rows.map(([top1, validationLoss], index) => ({ epoch: index + 1, top1, validationLoss }));

it('prefers accuracy, then a lower loss', () => {
  expect(isBetter({ top1: 0.8, validationLoss: 2 }, { top1: 0.7, validationLoss: 1 })).toBe(true);
  expect(isBetter({ top1: 0.7, validationLoss: 1 }, { top1: 0.8, validationLoss: 2 })).toBe(false);
  expect(isBetter({ top1: 0.8, validationLoss: 1 }, { top1: 0.8, validationLoss: 2 })).toBe(true);
  expect(isBetter({ top1: 0.8, validationLoss: 1 }, { top1: 0.8, validationLoss: 1 })).toBe(false);
});

it('is out of patience when the last epochs were no better than one before them', () => {
  const history = historyOf([0.5, 1], [0.7, 1], [0.6, 0.5], [0.7, 1]);
  expect(isOutOfPatience(history, { patience: 2 }, { headEpochs: 0 })).toBe(true);
  expect(isOutOfPatience(history, { patience: 3 }, { headEpochs: 0 })).toBe(false);
  const lowerLoss = [...history.slice(0, 3), { epoch: 4, top1: 0.7, validationLoss: 0.9 }];
  expect(isOutOfPatience(lowerLoss, { patience: 2 }, { headEpochs: 0 })).toBe(false);
});

it('never runs out of a patience of 0, nor before the first epoch', () => {
  expect(
    isOutOfPatience(historyOf([1, 1], [0, 1], [0, 1]), { patience: 0 }, { headEpochs: 0 }),
  ).toBe(false);
  expect(isOutOfPatience([], { patience: 1 }, { headEpochs: 0 })).toBe(false);
});

it('counts from where all weights began to learn', () => {
  const history = historyOf([0.7, 1], [0.6, 1], [0.6, 1], [0.5, 1]);
  expect(isOutOfPatience(history, { patience: 2 }, { headEpochs: 3 })).toBe(false);
  expect(isOutOfPatience(history, { patience: 2 }, { headEpochs: 2 })).toBe(true);
});
