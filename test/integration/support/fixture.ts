import { test } from 'vitest';
import { createHouse, startApi } from './api';

/**
 * A test with the product's API on its own data folder and database, shared by the tests of a file. `settings` are
 * environment variables; a file changes them with `it.override`.
 */
export const it = test
  .extend('settings', { scope: 'file' }, {} as Record<string, string>)
  // eslint-disable-next-line no-empty-pattern -- vitest requires a pattern
  .extend('house', { scope: 'file' }, async ({}, { onCleanup }) => {
    const house = await createHouse();
    onCleanup(() => house.remove());
    return house;
  })
  .extend('api', { scope: 'file' }, async ({ house, settings }, { onCleanup }) => {
    const api = await startApi({ ...house.environment, ...settings });
    onCleanup(async () => {
      const code = await api.stop();
      if (code !== 0) throw new Error(`The API stopped with ${code}:\n${api.output()}`);
    });
    return api;
  });
