import { Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config';
import { CONFIG } from '../platform.module';
import { ServingMetrics } from '../../serving/metrics/serving-metrics';
import { ServingStatistics } from '../../serving/metrics/serving-statistics';
import { SharedServingMetrics } from '../../serving/metrics/shared-serving-metrics';
import { Metrics } from './metrics';
import { PrometheusServingMetrics } from '../../serving/metrics/prometheus-serving-metrics';
import { Tracing } from './tracing';
import { TracingServingMetrics } from '../../serving/metrics/tracing-serving-metrics';

/** What is told to: whoever serves needs nothing else. */
@Module({
  providers: [
    Metrics,
    ServingStatistics,
    {
      provide: Tracing,
      useFactory: (config: Config) => Tracing.start(config),
      inject: [CONFIG],
    },
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
  ],
  exports: [Metrics, ServingMetrics, ServingStatistics, Tracing],
})
export class MetricsModule implements OnApplicationShutdown {
  constructor(private readonly tracing: Tracing) {}

  async onApplicationShutdown(): Promise<void> {
    await this.tracing.stop();
  }
}
