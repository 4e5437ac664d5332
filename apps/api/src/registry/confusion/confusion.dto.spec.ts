import { expect, it } from 'vitest';
import { z } from 'zod';
import { classWindow } from './confusion.dto';

const schema = z.string().transform(classWindow);

it('classWindow reads indices and ranges and returns each class once, in order', () => {
  expect(schema.parse('7, 2-4,3')).toEqual([2, 3, 4, 7]);
  expect(schema.parse('0-63')).toHaveLength(64);
});

it.each(['', 'a', '4-2', '-1', '1,,2', '0-64', '0-999999'])('refuses "%s"', (text) => {
  expect(schema.safeParse(text).success).toBe(false);
});
