import { expect, it } from 'vitest';
import { problemFields } from './problem-fields';

it('puts every problem next to its field, and keeps those without one', () => {
  const problems = [
    { where: 'recipe.epochs', message: 'At least 1.' },
    { where: 'recipe.learningRate', message: 'Above 0.' },
    { where: 'name', message: 'Lower case only.' },
    { where: 'name', message: 'At most 63 characters.' },
    { where: '', message: 'Unrecognized key "color".' },
  ];
  expect(problemFields(problems, new Set(['name', 'epochs', 'learningRate']))).toEqual({
    errors: {
      epochs: 'At least 1.',
      learningRate: 'Above 0.',
      name: 'Lower case only. At most 63 characters.',
    },
    rest: [{ where: '', message: 'Unrecognized key "color".' }],
  });
});
