import { trace } from '@opentelemetry/api';

/** Of the request that is being answered, where traces are made. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
