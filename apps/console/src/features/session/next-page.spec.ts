import { expect, it } from 'vitest';
import { safeNextPage } from './next-page';

it('safeNextPage only returns pages of this console', () => {
  expect(safeNextPage('/jobs/1?tab=log')).toBe('/jobs/1?tab=log');
  expect(safeNextPage(undefined)).toBe('/');
  for (const elsewhere of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'jobs',
    '/\t/evil.example',
  ]) {
    expect(safeNextPage(elsewhere)).toBe('/');
  }
});
