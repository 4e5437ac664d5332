import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Executor, type LoadedModel, type ServableModel } from '../engines/executor';
import type { VersionRecord } from '../../registry/models/model';
import { ModelPool, type PoolOptions } from './model-pool';
import { ServingMetrics } from '../metrics/serving-metrics';

class NoServingMetrics extends ServingMetrics {
  batch(): void {}
  decoded(): void {}
  queued(): void {}
  answered(): void {}
}

Logger.overrideLogger(false);

const mebibyte = 2 ** 20;

/** Loads models of one mebibyte per four parameters. A load ends when the test says so. */
class SteeredExecutor extends Executor {
  readonly loads: string[] = [];
  readonly released: string[] = [];
  readonly lose = new Map<string, (reason: string) => void>();
  private readonly waiting: ((error?: Error) => void)[] = [];
  releaseError?: Error;

  constructor(private readonly steered: boolean) {
    super();
  }

  bytesToLoad({ parameters }: ServableModel): number {
    return parameters * 4;
  }

  async load({ sha256, parameters }: ServableModel): Promise<LoadedModel> {
    this.loads.push(sha256);
    if (this.steered) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.push((error) => (error ? reject(error) : resolve()));
      });
    }
    return {
      executor: 'steered',
      layout: 'NCHW',
      values: 'logits',
      givesFeatures: false,
      bytes: parameters * 4,
      times: [{ batch: 1, ms: 10 }],
      candidates: [],
      instances: 1,
      imagesPerSecond: 100,
      run: async (images) => ({ outputs: images, computeMs: 10, images: new Float32Array(0) }),
      onLost: (callback) => this.lose.set(sha256, callback),
      release: async () => {
        this.released.push(sha256);
        if (this.releaseError) throw this.releaseError;
      },
    };
  }

  /** Ends the oldest load. */
  async end(error?: Error): Promise<void> {
    await pause(1);
    this.waiting.shift()!(error);
    await pause(1);
  }

  async endLast(): Promise<void> {
    await pause(1);
    this.waiting.pop()!();
    await pause(1);
  }
}

/** Returns a version whose weights take this many mebibytes. */
const version = (id: string, size = 1) =>
  ({
    id,
    blob: id,
    model: id,
    version: 1,
    parameters: (size * mebibyte) / 4,
    labels: ['x'],
  }) as unknown as VersionRecord;

function setUp({ steered = false, ...options }: Partial<PoolOptions> & { steered?: boolean } = {}) {
  const executor = new SteeredExecutor(steered);
  const pool = new ModelPool(executor, { path: async (blob) => blob }, new NoServingMetrics(), {
    maxBatch: 2,
    maxDelayMs: 0,
    queueLimit: 4,
    modelMemory: 3 * mebibyte,
    loadMs: 60_000,
    ...options,
  });
  const use = async (asked: VersionRecord) => (await pool.acquire(asked)).release();
  return { executor, pool, use };
}

describe('loading', () => {
  it('concurrent requests share one load, and the model is ready when it ends', async () => {
    const { executor, pool } = setUp({ steered: true });
    const leases = [pool.acquire(version('a')), pool.acquire(version('a'))];
    expect(pool.find(version('a'))?.state).toBe('loading');
    await executor.end();
    const [first, second] = await Promise.all(leases);
    expect(first!.batcher).toBe(second!.batcher);
    expect(pool.isReady(version('a'))).toBe(true);
    expect(executor.loads).toEqual(['a']);
  });

  it('the next request after a failed load tries again', async () => {
    const { executor, pool } = setUp({ steered: true });
    const failing = pool.acquire(version('a'));
    const check = expect(failing).rejects.toThrow('no luck');
    await executor.end(new Error('no luck'));
    await check;
    const second = pool.acquire(version('a'));
    await executor.end();
    await expect(second).resolves.toBeDefined();
    expect(executor.loads).toEqual(['a', 'a']);
  });

  it('a waiting request can give up, and the number of waiting requests is limited', async () => {
    const { executor, pool } = setUp({ steered: true, queueLimit: 2 });
    const caller = new AbortController();
    const waiting = [
      pool.acquire(version('a'), { signal: caller.signal }),
      pool.acquire(version('a'), { deadline: performance.now() + 5 }),
    ];
    const outcomes = Promise.all([
      expect(waiting[0]).rejects.toMatchObject({ code: 'CANCELLED' }),
      expect(waiting[1]).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' }),
    ]);
    await expect(pool.acquire(version('a'))).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryAfterMs: expect.any(Number),
    });
    caller.abort();
    await outcomes;
    const patient = pool.acquire(version('a'));
    await executor.end();
    await expect(patient).resolves.toBeDefined();
  });

  it('a few models load concurrently, so a slow load does not hold up others', async () => {
    const { executor, pool } = setUp({ steered: true, modelMemory: 9 * mebibyte });
    const leases = ['a', 'b', 'c', 'd', 'e'].map((id) => pool.acquire(version(id)));
    await pause(1);
    expect(executor.loads).toEqual(['a', 'b', 'c', 'd']);
    await executor.endLast();
    expect((await leases[3])!.model).toBeDefined();
    expect(pool.find(version('a'))?.state).toBe('loading');
    expect(executor.loads).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (let left = 0; left < 4; left++) await executor.end();
    await Promise.all(leases);
  });

  it('a load that takes too long is abandoned and not repeated while it still computes', async () => {
    const { executor, pool } = setUp({ steered: true, loadMs: 20 });
    const tooSlow = { code: 'INFERENCE_FAILED', message: expect.stringMatching(/took too long/) };
    await expect(pool.acquire(version('a', 2))).rejects.toMatchObject(tooSlow);
    await expect(pool.acquire(version('a', 2))).rejects.toMatchObject(tooSlow);
    expect(executor.loads).toEqual(['a']);
    const other = pool.acquire(version('b', 2));
    await pause(5);
    // Its memory is not free until it has ended.
    expect(executor.loads).toEqual(['a']);
    await executor.end();
    expect(executor.released).toEqual(['a']);
    await executor.end();
    expect((await other).model).toBeDefined();
    expect(pool.list()).toHaveLength(1);
  });

  it('a model whose thread died is loaded again', async () => {
    const { executor, pool, use } = setUp();
    await use(version('a'));
    executor.lose.get('a')!('its thread died');
    await use(version('a'));
    expect(executor.loads).toEqual(['a', 'a']);
    expect(executor.released).toEqual(['a']);
    expect(pool.list()).toHaveLength(1);
  });
});

describe('memory', () => {
  it('evicts the least recently used model and spares models in use', async () => {
    const { executor, pool, use } = setUp();
    const busy = await pool.acquire(version('a'));
    await use(version('b'));
    await use(version('c'));
    await use(version('b'));
    await use(version('d'));
    expect(executor.released).toEqual(['c']);
    await use(version('e', 2));
    expect(executor.released).toEqual(['c', 'b', 'd']);
    busy.release();
    await use(version('f', 3));
    expect(executor.released).toEqual(['c', 'b', 'd', 'a', 'e']);
  });

  it('waits for a model in use if no other can be evicted', async () => {
    const { executor, pool } = setUp();
    const busy = await pool.acquire(version('a', 2));
    const waiting = pool.acquire(version('b', 2));
    await pause(5);
    expect(executor.loads).toEqual(['a']);
    expect(pool.list().map(({ state }) => state)).toEqual(['loading', 'draining']);
    busy.release();
    await waiting;
    expect([executor.released, executor.loads]).toEqual([['a'], ['a', 'b']]);
  });

  it('counts models that are being loaded', async () => {
    const { executor, pool } = setUp({ steered: true });
    const leases = [pool.acquire(version('a', 2)), pool.acquire(version('b', 2))];
    await pause(2);
    expect(executor.loads).toEqual(['a']);
    await executor.end();
    (await leases[0])!.release();
    await pause(2);
    expect(executor.loads).toEqual(['a', 'b']);
    await executor.end();
    await leases[1];
    expect(executor.released).toEqual(['a']);
  });

  it('memory is free again after a model that fails to close', async () => {
    const { executor, pool, use } = setUp();
    await use(version('a', 2));
    executor.releaseError = new Error('no good end');
    await use(version('b', 2));
    await pool.unload(version('b'));
    expect(pool.list()).toEqual([]);
    expect(executor.released).toEqual(['a', 'b']);
  });

  it('a model that can never fit is refused, and nothing is evicted for it', async () => {
    const { executor, pool, use } = setUp();
    await use(version('a'));
    const large = pool.acquire(version('b', 4));
    await expect(large).rejects.toMatchObject({ code: 'MODEL_TOO_LARGE' });
    expect(executor.released).toEqual([]);
  });
});

it('a model is unloaded once all its leases are released', async () => {
  const { executor, pool } = setUp();
  const lease = await pool.acquire(version('a'));
  const unloaded = pool.unload(version('a'));
  await pause(2);
  expect(executor.released).toEqual([]);
  const place = lease.batcher.admit(1);
  expect((await place.run(Float32Array.of(7), 1)).outputs).toEqual(Float32Array.of(7));
  lease.release();
  lease.release();
  await unloaded;
  expect(executor.released).toEqual(['a']);
});
