import { expect, it } from 'vitest';
import { parseJson } from './parse-json';

const limits = { nestings: 3, values: 3 };
const parse = (text: string) => () => parseJson(Buffer.from(text), limits);

it('parseJson counts values and nestings before it parses', () => {
  expect(parse('[[{"a":1,"b":2,"c":3,"d":4}]]')()).toEqual([[{ a: 1, b: 2, c: 3, d: 4 }]]);
  expect(parse('[[[[')).toThrow('more than 3 lists and objects');
  expect(parse('[1,1,1,1,1]')).toThrow('more than 3 values');
  expect(parse('[1')).toThrow('not valid JSON');
});
