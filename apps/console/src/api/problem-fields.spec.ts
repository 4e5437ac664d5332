import { expect, it } from 'vitest';
import { fieldPaths, problemFields } from './problem-fields';

it('problemFields assigns every problem to its field, and keeps those without one', () => {
  const fields = fieldPaths({
    name: '',
    labels: ['a', 'b'],
    weights: null,
    recipe: { epochs: undefined, learningRate: 0.1 },
  });
  const problems = [
    { where: 'recipe.epochs', message: 'At least 1.' },
    { where: 'recipe.learningRate', message: 'Above 0.' },
    { where: 'name', message: 'Lower case only.' },
    { where: 'name', message: 'At most 63 characters.' },
    { where: 'config.labels.1', message: 'Not empty.' },
    { where: 'recipe', message: 'Unrecognized key "color".' },
    { where: 'filename', message: 'Too long.' },
    { where: '', message: 'Unrecognized key "color".' },
  ];
  expect(problemFields(problems, fields)).toEqual({
    errors: {
      'recipe.epochs': 'At least 1.',
      'recipe.learningRate': 'Above 0.',
      name: 'Lower case only. At most 63 characters.',
      labels: 'Not empty.',
    },
    rest: [
      { where: 'recipe', message: 'Unrecognized key "color".' },
      { where: 'filename', message: 'Too long.' },
      { where: '', message: 'Unrecognized key "color".' },
    ],
  });
});
