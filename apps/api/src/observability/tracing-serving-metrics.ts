import { trace } from '@opentelemetry/api';
import { type ModelName, ServingMetrics } from '../serving/serving-metrics';

const tracer = trace.getTracer('coatrack');

/** Adds to each request's trace what serving tells, and passes it on. */
export class TracingServingMetrics extends ServingMetrics {
  constructor(private readonly inner: ServingMetrics) {
    super();
  }

  /** Of several requests, so that it belongs to no trace. */
  batch(batch: Parameters<ServingMetrics['batch']>[0]): void {
    this.inner.batch(batch);
  }

  decoded(model: ModelName, ms: number): void {
    const now = Date.now();
    tracer.startSpan('decode', { startTime: now - ms }).end(now);
    this.inner.decoded(model, ms);
  }

  queued(model: ModelName, ms: number): void {
    trace.getActiveSpan()?.setAttribute('coatrack.queue_ms', ms);
    this.inner.queued(model, ms);
  }

  answered(model: ModelName, request: Parameters<ServingMetrics['answered']>[1]): void {
    trace.getActiveSpan()?.setAttributes({
      'coatrack.model': model.model,
      'coatrack.version': model.version,
      'coatrack.pictures': request.pictures,
      'coatrack.outcome': request.outcome,
    });
    this.inner.answered(model, request);
  }
}
