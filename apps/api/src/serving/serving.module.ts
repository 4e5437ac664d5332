import { Module, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { Listener } from '../database/listener';
import { createExecutor } from '../executors/create-executor';
import { Executor } from '../executors/executor';
import { ModelChanges } from '../models/model-changes';
import { ModelRegistry } from '../models/model-registry';
import { modelChannel } from '../models/typeorm-model.store';
import { ModelsModule } from '../models/models.module';
import { MetricsModule } from '../observability/metrics.module';
import { Decoder } from './decoder';
import { ImageBuffers } from './image-buffers';
import { ModelPool } from './model-pool';
import { PredictService } from './predict.service';
import { Preload } from './preload';
import { Routes } from './routes';
import { ServingMetrics } from './serving-metrics';

/** Models in memory and what runs on them; knows nothing of HTTP. */
@Module({
  imports: [ModelsModule, MetricsModule],
  providers: [
    ImageBuffers,
    PredictService,
    Preload,
    {
      provide: Decoder,
      useFactory: ({ datasetLimits }: Config, buffers: ImageBuffers) =>
        new Decoder(datasetLimits.pixels, buffers),
      inject: [CONFIG, ImageBuffers],
    },
    { provide: Executor, useFactory: createExecutor, inject: [CONFIG] },
    {
      provide: ModelPool,
      useFactory: (
        { serving }: Config,
        executor: Executor,
        blobStore: BlobStore,
        metrics: ServingMetrics,
        buffers: ImageBuffers,
      ) => new ModelPool(executor, blobStore, metrics, serving, buffers),
      inject: [CONFIG, Executor, BlobStore, ServingMetrics, ImageBuffers],
    },
    {
      provide: Routes,
      useFactory: (registry: ModelRegistry, pool: ModelPool) => new Routes(registry, pool),
      inject: [ModelRegistry, ModelPool],
    },
    {
      provide: Listener,
      useFactory: ({ databaseUrl }: Config, routes: Routes) =>
        new Listener(databaseUrl, modelChannel, {
          message: (model) => void routes.changed(model),
          connected: () => routes.trust(),
          disconnected: () => routes.distrust(),
        }),
      inject: [CONFIG, Routes],
    },
  ],
  exports: [Decoder, ModelPool, PredictService, Preload, Routes],
})
export class ServingModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly listener: Listener,
    private readonly pool: ModelPool,
    private readonly preload: Preload,
    private readonly routes: Routes,
    private readonly changes: ModelChanges,
  ) {}

  onApplicationBootstrap(): void {
    this.listener.open();
    this.changes.observe(this.routes);
    this.preload.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.pool.close();
  }
}
