export interface ModelName {
  model: string;
  version: number;
}

/** Events that serving reports. All times in ms. */
export abstract class ServingMetrics {
  /** A batch was run. */
  abstract batch(batch: ModelName & { executor: string; images: number; computeMs: number }): void;
  /** An image was decoded. */
  abstract decoded(model: ModelName, ms: number): void;
  /** Images waited for the engine. */
  abstract queued(model: ModelName, ms: number): void;
  /** Reports that a request for this many images ended: `ok`, or an error code. */
  abstract answered(
    model: ModelName,
    request: { images: number; outcome: string; ms: number },
  ): void;
}

/** Reports every event to each of several counters. */
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
