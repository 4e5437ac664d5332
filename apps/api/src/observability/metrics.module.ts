import { Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { ServingMetrics } from '../serving/serving-metrics';
import { Metrics } from './metrics';
import { PrometheusServingMetrics } from './prometheus-serving-metrics';
import { Tracing } from './tracing';
import { TracingServingMetrics } from './tracing-serving-metrics';

/** What is told to: whoever serves needs nothing else. */
@Module({
  providers: [
    Metrics,
    {
      provide: Tracing,
      useFactory: (config: Config) => Tracing.start(config),
      inject: [CONFIG],
    },
    {
      provide: ServingMetrics,
      useFactory: (metrics: Metrics, { traced }: Config) => {
        const counted = new PrometheusServingMetrics(metrics);
        return traced ? new TracingServingMetrics(counted) : counted;
      },
      inject: [Metrics, CONFIG],
    },
  ],
  exports: [Metrics, ServingMetrics, Tracing],
})
export class MetricsModule implements OnApplicationShutdown {
  constructor(private readonly tracing: Tracing) {}

  async onApplicationShutdown(): Promise<void> {
    await this.tracing.stop();
  }
}
