import { Module, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { BlobStore } from '../platform/blobs/blob-store';
import { type Config, CONFIG } from '../config';
import { Listener } from '../platform/database/listener';
import { createExecutor } from './engines/create-executor';
import { Executor } from './engines/executor';
import { ModelChanges, modelChannel } from '../registry/models/model-changes';
import { ModelRegistry } from '../registry/models/model-registry';
import { RegistryModule } from '../registry/registry.module';
import { Metrics } from '../platform/observability/metrics';
import { ObservabilityModule } from '../platform/observability/observability.module';
import { addPoolGauges } from './metrics/pool-gauges';
import { ServingMetricsModule } from './metrics/serving-metrics.module';
import { Decoder } from './batching/decoder';
import { ImageBuffers } from './batching/image-buffers';
import { ModelPool } from './pool/model-pool';
import { PredictService } from './http/predict/predict.service';
import { Preload } from './routing/preload';
import { Routes } from './routing/routes';
import { ServingMetrics } from './metrics/serving-metrics';

/** Models in memory and what runs on them; knows nothing of HTTP. */
@Module({
  imports: [RegistryModule, ObservabilityModule, ServingMetricsModule],
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
    metrics: Metrics,
  ) {
    addPoolGauges(metrics, pool);
  }

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
