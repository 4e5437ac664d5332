import { type ModelName, ServingMetrics } from './serving-metrics';

/** Number of events and their total time. */
export interface Duration {
  count: number;
  ms: number;
}

export interface VersionStatistics {
  /** Time of the last answer, in ms since 1970; 0: never. */
  lastAnswerAt: number;
  /** Images in requests that were answered. */
  images: number;
  /** Requests. */
  succeeded: Duration;
  failed: Duration;
  /** Waits for the engine. */
  queued: Duration;
  /** Images. */
  decoded: Duration;
  /** Batches in the engine, by size. */
  batches: Map<number, Duration>;
}

const none = (): Duration => ({ count: 0, ms: 0 });

export const noStatistics = (): VersionStatistics => ({
  lastAnswerAt: 0,
  images: 0,
  batches: new Map(),
  succeeded: none(),
  failed: none(),
  queued: none(),
  decoded: none(),
});

/** Counts what each version has served since the server started, whether or not it is still loaded. */
export class ServingStatistics extends ServingMetrics {
  private readonly versions = new Map<string, VersionStatistics>();

  /** Returns undefined for a version without requests so far. */
  of(model: ModelName): Readonly<VersionStatistics> | undefined {
    return this.versions.get(keyOf(model));
  }

  batch({ images, computeMs, ...model }: ModelName & { images: number; computeMs: number }) {
    const { batches } = this.at(model);
    const duration = batches.get(images) ?? none();
    batches.set(images, duration);
    add(duration, computeMs);
  }

  decoded(model: ModelName, ms: number): void {
    add(this.at(model).decoded, ms);
  }

  queued(model: ModelName, ms: number): void {
    add(this.at(model).queued, ms);
  }

  answered(
    model: ModelName,
    { images, outcome, ms }: { images: number; outcome: string; ms: number },
  ): void {
    const statistics = this.at(model);
    statistics.lastAnswerAt = Date.now();
    if (outcome === 'ok') statistics.images += images;
    add(outcome === 'ok' ? statistics.succeeded : statistics.failed, ms);
  }

  private at(model: ModelName): VersionStatistics {
    const key = keyOf(model);
    const statistics = this.versions.get(key) ?? noStatistics();
    this.versions.set(key, statistics);
    return statistics;
  }
}

function add(duration: Duration, ms: number): void {
  duration.count++;
  duration.ms += ms;
}

function keyOf({ model, version }: ModelName): string {
  return `${model}:${version}`;
}
