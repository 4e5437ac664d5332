import { expect, it } from 'vitest';
import { parseModelReference } from './model-reference';

it.each([
  ['pets', { model: 'pets' }],
  ['pets.v2_x-1:3', { model: 'pets.v2_x-1', version: 3 }],
  ['pets@best', { model: 'pets', alias: 'best' }],
  ['pets:0', null],
  ['pets:x', null],
  ['pets:', null],
  ['pets@a:3', null],
  ['', null],
  ['pets\0', null],
  ['pets@\0', null],
])('reads %j', (text, expected) => {
  expect(parseModelReference(text)).toEqual(expected);
});
