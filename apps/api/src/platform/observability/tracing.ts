import type { RequestHandler } from 'express';
import type { Config } from '../../config';

/** Traces by OpenTelemetry, whose libraries are loaded only where traces are sent somewhere. */
export class Tracing {
  private constructor(
    /** Makes a span of every request. */
    readonly middleware?: RequestHandler,
    private readonly provider?: { shutdown(): Promise<void> },
  ) {}

  static async start({ traced }: Pick<Config, 'traced'>): Promise<Tracing> {
    if (!traced) return new Tracing();
    const { startTracing, traceRequests } = await import('./open-telemetry.js');
    return new Tracing(traceRequests, startTracing());
  }

  /** Sends what has not been sent yet. */
  async stop(): Promise<void> {
    await this.provider?.shutdown();
  }
}
