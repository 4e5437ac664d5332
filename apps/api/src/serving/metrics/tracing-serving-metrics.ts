import { trace } from '@opentelemetry/api';
import { type ModelName, ServingMetrics } from './serving-metrics';

const tracer = trace.getTracer('coatrack');

/** Adds what serving reports to each request's trace. */
export class TracingServingMetrics extends ServingMetrics {
  /** Does nothing: a batch serves several requests, so it belongs to no single trace. */
  batch(): void {}

  decoded(_model: ModelName, ms: number): void {
    const now = Date.now();
    tracer.startSpan('decode', { startTime: now - ms }).end(now);
  }

  queued(_model: ModelName, ms: number): void {
    trace.getActiveSpan()?.setAttribute('coatrack.queue_ms', ms);
  }

  answered(
    { model, version }: ModelName,
    { images, outcome }: Parameters<ServingMetrics['answered']>[1],
  ): void {
    trace.getActiveSpan()?.setAttributes({
      'coatrack.model': model,
      'coatrack.version': version,
      'coatrack.images': images,
      'coatrack.outcome': outcome,
    });
  }
}
