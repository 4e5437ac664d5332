import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
// The launcher's code to run Postgres; tools/ is not part of any project that could be imported by name.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startPostgres } from '../../../tools/postgres.mjs';
import { startRedis } from './redis';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    /** Empty if redis-server is not installed. */
    redisUrl: string;
  }
}

/**
 * One throwaway Postgres for the whole run, of which `createDatabase` gives each test file its own
 * part, and one Redis where it is installed.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'coatrack-test-'));
  const postgres = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    settings: { fsync: 'off', max_connections: '200' },
  });
  const redis = await startRedis();
  provide('postgresUrl', postgres.url);
  provide('redisUrl', redis?.url ?? '');
  return async () => {
    await redis?.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
