import { expect, it } from 'vitest';
import { safeNextPage } from './next-page';

it('leads to pages of this console only', () => {
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
