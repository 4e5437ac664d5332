import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf, routeOf } from '../http/request-facts';

const tracer = trace.getTracer('coatrack');

/** Starts tracing. Endpoint, headers, sampling and the service's name come from the OTEL_ variables. */
export function startTracing(): NodeTracerProvider {
  const named = resourceFromAttributes({ 'service.name': 'coatrack' });
  const provider = new NodeTracerProvider({
    resource: process.env.OTEL_SERVICE_NAME ? defaultResource() : defaultResource().merge(named),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return provider;
}

/** Creates one span per request, as a child of the caller's if the request names one (W3C Trace Context). */
export function traceRequests(request: Request, response: Response, next: NextFunction): void {
  const { method, path } = request;
  const parent = propagation.extract(context.active(), request.headers);
  const attributes = {
    'http.request.method': method,
    'url.path': path,
    'coatrack.request_id': requestIdOf(response),
  };
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
  response.once('close', () => {
    const route = routeOf(request);
    if (route !== 'none') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
    span.setAttribute('http.response.status_code', response.statusCode);
    if (response.statusCode >= 500 || !response.writableFinished) {
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  });
  context.with(trace.setSpan(parent, span), next);
}
