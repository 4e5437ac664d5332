import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client';
import { createDatabase, type TestDatabase } from './database';
import { type RunningProcess, startProcess } from './process';

export const adminKey = 'integration-test-admin-key-0123456789';

/** A data folder and a database for one test file. */
export interface TestHouse {
  database: TestDatabase;
  dataFolder: string;
  /** Environment of the product's processes; tests may add to it. */
  environment: Record<string, string>;
  /** Lists the names of all blobs and temporary files. */
  storedFiles(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function createHouse(): Promise<TestHouse> {
  const database = await createDatabase();
  const dataFolder = await mkdtemp(join(tmpdir(), 'coatrack-data-'));
  return {
    database,
    dataFolder,
    environment: {
      DATABASE_URL: database.url,
      COATRACK_DATA: dataFolder,
      COATRACK_API_PORT: '0',
      COATRACK_ADMIN_KEY: adminKey,
    },
    storedFiles: async () => {
      const options = { recursive: true, withFileTypes: true } as const;
      const entries = [
        ...(await readdir(join(dataFolder, 'blobs'), options)),
        ...(await readdir(join(dataFolder, 'tmp'), options)),
      ];
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    remove: async () => {
      await database.drop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

export interface RunningApi extends RunningProcess {
  url: string;
  /** A client with the admin key. */
  client: Client;
}

export function startWorker(environment: Record<string, string>): Promise<RunningProcess> {
  return startProcess('worker.js', environment, /Waiting for jobs/);
}

export async function startApi(environment: Record<string, string>): Promise<RunningApi> {
  const api = await startProcess('main.js', environment, /Listening on (http:[^\s"]+)/);
  const url = api.ready[1]!;
  return { ...api, url, client: new Client(url, environment.COATRACK_ADMIN_KEY) };
}
