import type { VersionReference } from '../../../registry/models/model';
import type { Duration, VersionStatistics } from '../../metrics/serving-statistics';
import type { V2Statistics } from './statistics.dto';

type ModelStatistics = V2Statistics['model_stats'][number];

const none = { count: 0, ns: 0 } as const;

/** As the protocol's statistics extension has it. What is no step of ours takes no time. */
export function presentStatistics(
  { model, version }: VersionReference,
  { batches, ...statistics }: VersionStatistics,
): ModelStatistics {
  const durations = [...batches.values()];
  const executions = {
    count: durations.reduce((sum, { count }) => sum + count, 0),
    ms: durations.reduce((sum, { ms }) => sum + ms, 0),
  };
  return {
    name: model,
    version: String(version),
    last_inference: statistics.lastAnswerAt,
    inference_count: statistics.pictures,
    execution_count: executions.count,
    inference_stats: {
      success: nanoseconds(statistics.succeeded),
      fail: nanoseconds(statistics.failed),
      queue: nanoseconds(statistics.queued),
      compute_input: nanoseconds(statistics.decoded),
      compute_infer: nanoseconds(executions),
      compute_output: none,
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: [...batches]
      .sort(([a], [b]) => a - b)
      .map(([size, duration]) => ({
        batch_size: size,
        compute_infer: nanoseconds(duration),
        compute_input: none,
        compute_output: none,
      })),
  };
}

function nanoseconds({ count, ms }: Duration): { count: number; ns: number } {
  return { count, ns: Math.round(ms * 1e6) };
}
