import { Logger } from '@nestjs/common';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskReserve } from './blobs/disk-reserve';
import { FileBlobStore } from './blobs/file-blob-store';
import { loadConfig } from '../config';
import type { Environment } from './platform.module';
import { type EntityClasses, openDatabase } from './database/data-source';

/** Subfolders of the data folder that only its owner may read. */
const privateFolders = ['blobs', 'tmp', 'downloads', 'cache', 'workers'];

/**
 * Opens the external dependencies of the process.
 * @param entities of every table
 * @param schema `migrate` updates the database's schema, `wait` waits until another process has
 * @throws ConfigError, DatabaseError or the file system's error, each with a readable message
 */
export async function openEnvironment(
  entities: EntityClasses,
  schema: 'migrate' | 'wait',
): Promise<Environment> {
  const config = loadConfig(process.env);
  for (const line of config.deprecations) new Logger('Config').warn(line);
  // Only this account may read uploads, weights and everything derived from them.
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
  // If the folder belongs to another account, only that account can change its mode.
  await chmod(folder, 0o700).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
}
