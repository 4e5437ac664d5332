import { expect, it } from 'vitest';
import { RecentlyUsed } from './recently-used';

it('disposes of the value used longest ago when a new one needs its place', () => {
  const disposed: string[] = [];
  const cache = new RecentlyUsed<string>(2, (value) => disposed.push(value));
  cache.add('a', 'A');
  cache.add('b', 'B');
  expect(cache.get('a')).toBe('A');
  cache.add('c', 'C');
  expect(disposed).toEqual(['B']);
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('a')).toBe('A');
});
