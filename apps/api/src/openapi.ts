import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppModule } from './app.module';
import { DiskReserve } from './platform/blobs/disk-reserve';
import { FileBlobStore } from './platform/blobs/file-blob-store';
import { loadConfig } from './config';
import { entities } from './entities';
import { createDataSource } from './platform/database/data-source';
import { createDocument, globalPrefix } from './platform/openapi/document';

/** Path of docs/openapi.json, relative to dist. */
const committed = join(__dirname, '../../../docs/openapi.json');

/** Returns the document. Nest's preview mode reads the routes without creating or opening anything. */
async function documentText(): Promise<string> {
  const config = loadConfig({ DATABASE_URL: 'postgresql://unused' });
  const environment = {
    config,
    dataSource: createDataSource(config.databaseUrl, entities),
    blobStore: new FileBlobStore(config.dataFolder),
    reserve: new DiskReserve(config.dataFolder),
  };
  const options = { preview: true, logger: false, abortOnError: false } as const;
  const app = await NestFactory.create(AppModule.forRoot(environment), options);
  app.setGlobalPrefix(...globalPrefix);
  return `${JSON.stringify(createDocument(app), null, 2)}\n`;
}

async function main(): Promise<void> {
  const text = await documentText();
  if (!process.argv.includes('--check')) {
    await writeFile(committed, text);
    return;
  }
  if ((await readFile(committed, 'utf8').catch(() => '')) === text) return;
  console.error('docs/openapi.json is out of date: run `npm run openapi -w @coatrack/api`.');
  process.exitCode = 1;
}

void main();
