import { Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config';
import { CONFIG } from '../platform.module';
import { addGpuGauges } from './gpu-gauges';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { Tracing } from './tracing';

/** Figures for Prometheus and traces; the rooms report to it. */
@Module({
  controllers: [MetricsController],
  providers: [
    Metrics,
    {
      provide: Tracing,
      useFactory: (config: Config) => Tracing.start(config),
      inject: [CONFIG],
    },
  ],
  exports: [Metrics, Tracing],
})
export class ObservabilityModule implements OnApplicationShutdown {
  constructor(
    metrics: Metrics,
    private readonly tracing: Tracing,
  ) {
    addGpuGauges(metrics);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tracing.stop();
  }
}
