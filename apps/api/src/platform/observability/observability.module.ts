import { Module, OnApplicationShutdown } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import { addGpuGauges } from './gpus';
import { Metrics } from './metrics';
import { Tracing } from './tracing';

/** Metrics for Prometheus, and traces. */
@Module({
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
