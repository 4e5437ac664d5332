import { FileBlobStore } from './blobs/file-blob-store';
import { loadConfig } from './config';
import type { Environment } from './core.module';
import { openDatabase } from './database/data-source';

/**
 * Opens all that stands outside the process.
 * @param schema `migrate` brings the database's schema up to date, `wait` waits until that is done
 * @throws ConfigError, DatabaseError or the file system's error, each in words for a person
 */
export async function openEnvironment(schema: 'migrate' | 'wait'): Promise<Environment> {
  const config = loadConfig(process.env);
  const blobStore = new FileBlobStore(config.dataFolder);
  await blobStore.prepare();
  const dataSource = await openDatabase(config.databaseUrl, schema);
  return { config, dataSource, blobStore };
}
