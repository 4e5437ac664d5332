export interface ModelName {
  model: string;
  version: number;
}

/** What serving tells whoever counts. All times in ms. */
export abstract class ServingMetrics {
  /** A batch was run. */
  abstract batch(
    batch: ModelName & { executor: string; pictures: number; computeMs: number },
  ): void;
  /** A picture was decoded. */
  abstract decoded(model: ModelName, ms: number): void;
  /** Pictures waited for the engine. */
  abstract queued(model: ModelName, ms: number): void;
  /** A request for so many pictures ended: `ok`, or a code of an error. */
  abstract answered(
    model: ModelName,
    request: { pictures: number; outcome: string; ms: number },
  ): void;
}

/** Where nobody counts. */
export class NoServingMetrics extends ServingMetrics {
  batch(): void {}
  decoded(): void {}
  queued(): void {}
  answered(): void {}
}
