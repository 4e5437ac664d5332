import { Module, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { AuthModule } from '../platform/auth/auth.module';
import { BlobStore } from '../platform/blobs/blob-store';
import { Listener } from '../platform/database/listener';
import { BodyMemory } from '../platform/http/body-memory';
import { SideThread } from '../platform/http/side-thread';
import { LimitsModule } from '../platform/limits/limits.module';
import { Metrics } from '../platform/observability/metrics';
import { ObservabilityModule } from '../platform/observability/observability.module';
import { modelChannel, ModelChanges } from '../registry/models/model-changes';
import { ModelRegistry } from '../registry/models/model-registry';
import { RegistryModule } from '../registry/registry.module';
import { Decoder } from './batching/decoder';
import { ImageBuffers } from './batching/image-buffers';
import { createExecutor } from './engines/create-executor';
import { Executor } from './engines/executor';
import { Admission } from './http/admission';
import { HealthController } from './http/health/health.controller';
import { HealthService } from './http/health/health.service';
import { V2InferenceController } from './http/open-inference/inference.controller';
import { V2InferenceService } from './http/open-inference/inference.service';
import { V2ModelsController } from './http/open-inference/models.controller';
import { V2ModelsService } from './http/open-inference/models.service';
import { V2RepositoryController } from './http/open-inference/repository.controller';
import { V2RepositoryService } from './http/open-inference/repository.service';
import { V2ServerController } from './http/open-inference/server.controller';
import { PredictController } from './http/predict/predict.controller';
import { PredictService } from './http/predict/predict.service';
import { StatsController } from './http/stats/stats.controller';
import { StatsService } from './http/stats/stats.service';
import { PrometheusServingMetrics } from './metrics/prometheus-serving-metrics';
import { ServingMetrics, SharedServingMetrics } from './metrics/serving-metrics';
import { ServingStatistics } from './metrics/serving-statistics';
import { TracingServingMetrics } from './metrics/tracing-serving-metrics';
import { ModelPool } from './pool/model-pool';
import { addPoolGauges } from './pool/pool-gauges';
import { Preload } from './routing/preload';
import { VersionRouter } from './routing/version-router';

/** Number of bodies of the maximum size that may be in memory at once. */
const largestBodies = 4;

/** Predictions: the models in memory, their engines, and the routes of both protocols. */
@Module({
  imports: [AuthModule, LimitsModule, ObservabilityModule, RegistryModule],
  controllers: [
    HealthController,
    PredictController,
    StatsController,
    V2ServerController,
    V2ModelsController,
    V2InferenceController,
    V2RepositoryController,
  ],
  providers: [
    Admission,
    HealthService,
    ImageBuffers,
    PredictService,
    Preload,
    ServingStatistics,
    SideThread,
    StatsService,
    V2InferenceService,
    V2ModelsService,
    V2RepositoryService,
    {
      provide: BodyMemory,
      useFactory: ({ serving }: Config) => new BodyMemory(largestBodies * serving.maxBytes),
      inject: [CONFIG],
    },
    {
      provide: Decoder,
      useFactory: ({ datasetLimits }: Config, buffers: ImageBuffers) =>
        new Decoder(datasetLimits.pixels, buffers),
      inject: [CONFIG, ImageBuffers],
    },
    { provide: Executor, useFactory: createExecutor, inject: [CONFIG] },
    {
      provide: ServingMetrics,
      useFactory: (metrics: Metrics, statistics: ServingStatistics, { traced }: Config) =>
        new SharedServingMetrics([
          ...(traced ? [new TracingServingMetrics()] : []),
          statistics,
          new PrometheusServingMetrics(metrics),
        ]),
      inject: [Metrics, ServingStatistics, CONFIG],
    },
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
      provide: VersionRouter,
      useFactory: (registry: ModelRegistry, pool: ModelPool) => new VersionRouter(registry, pool),
      inject: [ModelRegistry, ModelPool],
    },
    {
      provide: Listener,
      useFactory: ({ databaseUrl }: Config, router: VersionRouter) =>
        new Listener(databaseUrl, modelChannel, {
          message: (model) => void router.changed(model),
          connected: () => router.trust(),
          disconnected: () => router.distrust(),
        }),
      inject: [CONFIG, VersionRouter],
    },
  ],
})
export class ServingModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly listener: Listener,
    private readonly pool: ModelPool,
    private readonly preload: Preload,
    private readonly router: VersionRouter,
    private readonly changes: ModelChanges,
    metrics: Metrics,
  ) {
    addPoolGauges(metrics, pool);
  }

  onApplicationBootstrap(): void {
    this.listener.open();
    this.changes.observe(this.router);
    this.preload.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.pool.close();
  }
}
