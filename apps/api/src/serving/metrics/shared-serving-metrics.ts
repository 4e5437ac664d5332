import { type ModelName, ServingMetrics } from './serving-metrics';

/** Tells each of several who count. */
export class SharedServingMetrics extends ServingMetrics {
  constructor(private readonly counters: readonly ServingMetrics[]) {
    super();
  }

  batch(batch: Parameters<ServingMetrics['batch']>[0]): void {
    for (const counter of this.counters) counter.batch(batch);
  }

  decoded(model: ModelName, ms: number): void {
    for (const counter of this.counters) counter.decoded(model, ms);
  }

  queued(model: ModelName, ms: number): void {
    for (const counter of this.counters) counter.queued(model, ms);
  }

  answered(model: ModelName, request: Parameters<ServingMetrics['answered']>[1]): void {
    for (const counter of this.counters) counter.answered(model, request);
  }
}
