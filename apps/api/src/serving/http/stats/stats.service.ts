import { Injectable } from '@nestjs/common';
import type { BatchTime } from '../../engines/executor';
import { ModelRegistry } from '../../../registry/models/model-registry';
import { ModelPool } from '../../pool/model-pool';
import type { PooledModel } from '../../pool/pooled-model';
import { round } from '../predict/present-prediction';
import type { Serving } from './stats.dto';

@Injectable()
export class StatsService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly pool: ModelPool,
  ) {}

  async get(name: string, number: string): Promise<Serving> {
    const version = await this.registry.resolveNumber(name, number);
    const pooled = this.pool.find(version);
    return {
      model: version.model,
      version: version.version,
      state: pooled?.state ?? 'unloaded',
      loaded: loadedOf(pooled),
      batching: batchingOf(pooled),
    };
  }
}

function loadedOf(pooled: PooledModel | undefined): Serving['loaded'] {
  if (!pooled?.model || !pooled.batcher) return null;
  const { executor, bytes, times, candidates } = pooled.model;
  return {
    executor,
    bytes,
    maxBatch: pooled.batcher.maxBatch,
    times: times.map(rounded),
    candidates: candidates.map(({ times, ...candidate }) => ({
      ...candidate,
      times: times.map(rounded),
    })),
  };
}

function batchingOf(pooled: PooledModel | undefined): Serving['batching'] {
  if (!pooled?.batcher) return null;
  const { imagesPerSecond, ...stats } = pooled.batcher.stats();
  return {
    ...stats,
    queueMs: round(stats.queueMs),
    computeMs: round(stats.computeMs),
    imagesPerSecond: imagesPerSecond === null ? null : round(imagesPerSecond),
  };
}

function rounded({ batch, ms }: BatchTime): BatchTime {
  return { batch, ms: round(ms) };
}
