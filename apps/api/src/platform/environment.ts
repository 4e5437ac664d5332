import { Logger } from '@nestjs/common';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskReserve } from './blobs/disk-reserve';
import { FileBlobStore } from './blobs/file-blob-store';
import { loadConfig } from '../config';
import type { Environment } from './platform.module';
import { type EntityClasses, openDatabase } from './database/data-source';

/** Of the data folder. */
const privateFolders = ['blobs', 'tmp', 'downloads', 'cache', 'workers'];

/**
 * Opens everything outside the process that it depends on.
 * @param entities of every table
 * @param schema `migrate` brings the database's schema up to date, `wait` waits until that is done
 * @throws ConfigError, DatabaseError or the file system's error, each in words for a person
 */
export async function openEnvironment(
  entities: EntityClasses,
  schema: 'migrate' | 'wait',
): Promise<Environment> {
  const config = loadConfig(process.env);
  for (const line of config.deprecations) new Logger('Config').warn(line);
  // Uploads, weights and what is made of them are readable by this account alone, whichever process writes them.
  process.umask(0o077);
  const { dataFolder } = config;
  const reserve = new DiskReserve(dataFolder, config.storage.reserve);
  const blobStore = new FileBlobStore(dataFolder, reserve);
  for (const name of privateFolders) await makePrivate(join(dataFolder, name));
  await blobStore.prepare();
  const dataSource = await openDatabase(config.databaseUrl, entities, schema);
  return { config, dataSource, blobStore, reserve };
}

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Another account's folder, which this one may only use, is that account's to close.
  await chmod(folder, 0o700).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
}
