import type { RequestHandler } from 'express';
import type { Config } from '../../config';

/** OpenTelemetry traces. Its libraries are only loaded if traces are sent anywhere. */
export class Tracing {
  private constructor(
    /** Creates a span for every request. */
    readonly middleware?: RequestHandler,
    private readonly provider?: { shutdown(): Promise<void> },
  ) {}

  static async start({ traced }: Pick<Config, 'traced'>): Promise<Tracing> {
    if (!traced) return new Tracing();
    const { startTracing, traceRequests } = await import('./open-telemetry.js');
    return new Tracing(traceRequests, startTracing());
  }

  /** Sends the remaining spans. */
  async stop(): Promise<void> {
    await this.provider?.shutdown();
  }
}
