import { expect, it } from 'vitest';
import { lossCeiling } from './curve-points';

it('the loss axis ends above the training losses, whatever the first validation loss', () => {
  const points = [
    { epoch: 0.5, step: 2.4 },
    { epoch: 1, train: 2.2, validation: 19.1 },
  ];
  expect(lossCeiling(points)).toBeCloseTo(3.2);
});
