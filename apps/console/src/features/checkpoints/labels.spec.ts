import { expect, it } from 'vitest';
import { labelsOf } from './labels';

it('labelsOf reads one label per line', () => {
  expect(labelsOf('daisy\r\n rose \n\ngreat white shark\n')).toEqual([
    'daisy',
    'rose',
    'great white shark',
  ]);
  expect(labelsOf(' \n')).toBeUndefined();
});
