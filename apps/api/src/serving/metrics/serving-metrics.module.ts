import { Module } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import { Metrics } from '../../platform/observability/metrics';
import { ObservabilityModule } from '../../platform/observability/observability.module';
import { PrometheusServingMetrics } from './prometheus-serving-metrics';
import { ServingMetrics, SharedServingMetrics } from './serving-metrics';
import { ServingStatistics } from './serving-statistics';
import { TracingServingMetrics } from './tracing-serving-metrics';

/** Counts what serving reports: for Prometheus, for the routes of statistics and for traces. */
@Module({
  imports: [ObservabilityModule],
  providers: [
    ServingStatistics,
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
  exports: [ServingMetrics, ServingStatistics],
})
export class ServingMetricsModule {}
