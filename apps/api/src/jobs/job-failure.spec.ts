import { recipeSchema, TrainingDivergedError } from '@coatrack/training';
import { expect, it } from 'vitest';
import { describeFailure } from './job-failure';

it.each([
  [Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }), 'DISK_FULL', /Free some space/],
  [
    new TrainingDivergedError(3, 'the loss is NaN', recipeSchema.parse({})),
    'TRAINING_DIVERGED',
    /at step 3/,
  ],
  [
    Object.assign(new Error('There is no model "a".'), { code: 'MODEL_NOT_FOUND' }),
    'MODEL_NOT_FOUND',
    /^There is no model "a"\.$/,
  ],
  [new TypeError('x is not a function'), 'TRAINING_FAILED', /unexpected error: x is not/],
  ['just text', 'TRAINING_FAILED', /unexpected error: just text/],
  [
    Object.assign(new Error('x'.repeat(1e6)), { code: 'INVALID_WEIGHTS' }),
    'INVALID_WEIGHTS',
    /^x{2000} …$/,
  ],
])('%s becomes %s', (error, code, message) => {
  const failure = describeFailure(error, 'training');
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
});
