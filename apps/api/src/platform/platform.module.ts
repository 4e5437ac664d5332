import { CONFIG, type Config } from '../config';
import { DynamicModule, Global, Inject, Module, OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BlobStore } from './blobs/blob-store';
import { Blobs } from './blobs/blobs';
import { DiskReserve } from './blobs/disk-reserve';
import { FileBlobStore } from './blobs/file-blob-store';
import { Database } from './database/database';
import { IdempotencyKeys } from './idempotency/idempotency-keys';

/** External dependencies, opened before Nest starts. */
export interface Environment {
  config: Config;
  dataSource: DataSource;
  blobStore: FileBlobStore;
  reserve: DiskReserve;
}

/** Shared by the API and the worker: configuration, database, blobs. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(BlobStore) private readonly blobStore: FileBlobStore,
  ) {}

  static forRoot({ config, dataSource, blobStore, reserve }: Environment): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: DataSource, useValue: dataSource },
        { provide: BlobStore, useValue: blobStore },
        { provide: DiskReserve, useValue: reserve },
        Database,
        Blobs,
        IdempotencyKeys,
      ],
      exports: [CONFIG, DataSource, BlobStore, DiskReserve, Database, Blobs, IdempotencyKeys],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
    await this.blobStore.close();
  }
}
