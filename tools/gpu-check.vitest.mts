import { defineConfig } from 'vitest/config';
import base from '../vitest.config.mts';

/** What runs on an engine alone: no Postgres is started for it. One process: the card is shared. */
export default defineConfig({
  ...base,
  root: new URL('..', import.meta.url).pathname,
  test: { ...base.test, globalSetup: [], poolOptions: { forks: { maxForks: 1 } } },
});
