import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions } from './batcher';
import type { EngineSlotOptions } from './engine-slot';

/** An engine whose output is ten times the image's number. A batch ends when the test says so. */
class Engine {
  readonly batches: number[][] = [];
  private readonly ends: ((error?: Error) => void)[] = [];

  run(images: Float32Array, batch: number, { features }: { features: boolean }) {
    expect(images).toHaveLength(batch * 2);
    const numbers = Array.from({ length: batch }, (_, index) => images[index * 2]!);
    this.batches.push(numbers);
    return new Promise<{
      outputs: Float32Array;
      features?: Float32Array;
      computeMs: number;
      images: Float32Array;
    }>((resolve, reject) => {
      this.ends.push((error) => {
        if (error) return reject(error);
        const outputs = Float32Array.from(numbers.flatMap((value) => [value * 10, value * 10 + 1]));
        resolve({
          outputs,
          computeMs: 100,
          images,
          ...(features ? { features: outputs.map((x) => -x) } : {}),
        });
      });
    });
  }

  /** Ends the oldest batch. */
  async end(error?: Error): Promise<void> {
    this.ends.shift()!(error);
    await turn();
  }
}

/** Waits long enough for submitted images to reach the engine and for answers to come back. */
const turn = () => pause(2);

function setUp(options: Partial<BatcherOptions> = {}) {
  const engine = new Engine();
  const batcher = new Batcher(engine, {
    maxBatch: 4,
    maxDelayMs: 0,
    queueLimit: 10,
    instances: 1,
    ...options,
  });
  const submit = async (
    numbers: number[],
    { features, ...options }: EngineSlotOptions & { features?: boolean } = {},
  ) => {
    const place = batcher.admit(numbers.length, options);
    try {
      const images = Float32Array.from(numbers.flatMap((value) => [value, 0]));
      return await place.run(images, numbers.length, { features });
    } finally {
      place.leave();
    }
  };
  return { engine, batcher, submit };
}

/** Returns 'answered' or the error code as a string, so that a rejection is never unhandled. */
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

describe('gathering', () => {
  it('a free engine runs images at once; while it is busy, they gather into a batch', async () => {
    const { engine, submit } = setUp();
    const first = submit([1]);
    await turn();
    const others = [submit([2]), submit([3, 4])];
    await turn();
    expect(engine.batches).toEqual([[1]]);
    await engine.end();
    expect(engine.batches).toEqual([[1], [2, 3, 4]]);
    await engine.end();
    expect([...(await first).outputs]).toEqual([10, 11]);
    const [second, third] = await Promise.all(others);
    expect([...second!.outputs]).toEqual([20, 21]);
    expect([...third!.outputs]).toEqual([30, 31, 40, 41]);
    expect(third).toMatchObject({ batchSizes: [3], computeMs: 100 });
  });

  it('requests of one turn of the event loop share a batch', async () => {
    const { engine, submit } = setUp();
    const both = Promise.all([submit([1]), submit([2])]);
    await turn();
    expect(engine.batches).toEqual([[1, 2]]);
    await engine.end();
    await both;
  });

  it('waiting images are divided among the free instances', async () => {
    const { engine, submit } = setUp({ instances: 2 });
    const first = submit([1, 2, 3]);
    await turn();
    expect(engine.batches).toEqual([[1, 2], [3]]);
    const second = submit([4, 5]);
    await engine.end();
    expect(engine.batches.at(-1)).toEqual([4, 5]);
    await engine.end();
    await engine.end();
    await Promise.all([first, second]);
  });

  it('a request larger than a batch is split and keeps its order, whichever batch ends first', async () => {
    const { engine, submit } = setUp({ maxBatch: 2, instances: 2 });
    const large = submit([1, 2, 3, 4, 5], { features: true });
    await turn();
    expect(engine.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await engine.end();
    expect(engine.batches[2]).toEqual([5]);
    await engine.end();
    await engine.end();
    const { outputs, features, batchSizes } = await large;
    expect([...outputs]).toEqual([10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
    expect(features).toEqual(outputs.map((x) => -x));
    expect(batchSizes).toEqual([2, 2, 1]);
  });

  it('one full batch is handed over ahead of time, a partial one never', async () => {
    const { engine, submit } = setUp({ maxBatch: 2 });
    const all = [submit([1]), submit([2]), submit([3]), submit([4]), submit([5]), submit([6])];
    await turn();
    expect(engine.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const last = submit([7]);
    await engine.end();
    expect(engine.batches).toHaveLength(3);
    await engine.end();
    expect(engine.batches).toHaveLength(3);
    await engine.end();
    expect(engine.batches[3]).toEqual([7]);
    await engine.end();
    await Promise.all([...all, last]);
  });

  it('images are held back only if maxDelayMs is set, and no longer than that', async () => {
    const { engine, submit } = setUp({ maxDelayMs: 60 });
    const early = submit([1]);
    await pause(20);
    const late = submit([2]);
    await turn();
    expect(engine.batches).toEqual([]);
    await pause(60);
    expect(engine.batches).toEqual([[1, 2]]);
    await engine.end();
    await Promise.all([early, late]);
    const four = submit([1, 2, 3, 4]);
    await turn();
    expect(engine.batches).toHaveLength(2);
    await engine.end();
    await four;
  });

  it('urgent images run first, and images of equal priority in their order', async () => {
    const { engine, submit } = setUp({ maxBatch: 2 });
    const all = [submit([1])];
    await turn();
    all.push(submit([2], { priority: 'low' }), submit([3]), submit([4], { priority: 'high' }));
    await engine.end();
    await engine.end();
    await engine.end();
    await Promise.all(all);
    // The first full batch had already been handed over when the urgent image arrived.
    expect(engine.batches).toEqual([[1], [4, 3], [2]]);
  });
});

describe('limits', () => {
  it('a request that does not fit in the queue is refused at once with a time to retry', async () => {
    const { engine, batcher, submit } = setUp({ queueLimit: 3, imagesPerSecond: 2 });
    const taken = [submit([1])];
    await turn();
    taken.push(submit([2, 3, 4]));
    await expect(submit([5])).rejects.toMatchObject({ code: 'QUEUE_FULL', retryAfterMs: 1500 });
    expect(batcher.full).toBe(true);
    await engine.end();
    await engine.end();
    await Promise.all(taken);
    expect(batcher.stats()).toMatchObject({ refused: 1, waiting: 0, running: 0, images: 4 });
  });

  it('an empty queue accepts a request larger than its limit', async () => {
    const { engine, submit } = setUp({ queueLimit: 2 });
    const large = submit([1, 2, 3, 4, 5]);
    expect(await outcome(submit([6]))).toBe('QUEUE_FULL');
    await turn();
    await engine.end();
    await engine.end();
    expect((await large).outputs).toHaveLength(10);
  });

  it('room that is reserved before the images arrive counts, and is returned if unused', async () => {
    const { batcher } = setUp({ queueLimit: 2 });
    const place = batcher.admit(2);
    expect(() => batcher.admit(1)).toThrow(/waiting/);
    place.leave();
    place.leave();
    expect(batcher.admit(2)).toBeDefined();
  });
});

describe('withdrawal', () => {
  it('waiting images of a caller that leaves are dropped, whatever is running', async () => {
    const { engine, batcher, submit } = setUp({ maxBatch: 2 });
    const caller = new AbortController();
    const busy = submit([1]);
    await turn();
    const gone = outcome(submit([2, 3, 4], { signal: caller.signal }));
    const stays = submit([5]);
    await turn();
    expect(engine.batches).toEqual([[1], [2, 3]]);
    caller.abort();
    expect(await gone).toBe('CANCELLED');
    await engine.end();
    await engine.end();
    expect(engine.batches[2]).toEqual([5]);
    await engine.end();
    await Promise.all([busy, stays]);
    expect(batcher.stats()).toMatchObject({ waiting: 0, running: 0, withdrawn: 1 });
    expect(await outcome(submit([6], { signal: caller.signal }))).toBe('CANCELLED');
  });

  it('a request fails at its deadline, and its waiting images are not run', async () => {
    const { engine, batcher, submit } = setUp();
    const busy = submit([1]);
    await turn();
    const late = outcome(submit([2], { deadline: performance.now() + 20 }));
    expect(await outcome(submit([3], { deadline: performance.now() - 1 }))).toBe(
      'DEADLINE_EXCEEDED',
    );
    expect(await late).toBe('DEADLINE_EXCEEDED');
    await engine.end();
    await busy;
    expect(engine.batches).toEqual([[1]]);
    expect(batcher.stats().waiting).toBe(0);
  });

  it('a deadline that passes before the images are submitted is noticed', async () => {
    const { batcher, engine } = setUp();
    const place = batcher.admit(1, { deadline: performance.now() + 100 });
    await pause(150);
    expect(() => place.throwIfOver()).toThrow(/deadline/);
    expect(await outcome(place.run(new Float32Array(2), 1))).toBe('DEADLINE_EXCEEDED');
    await turn();
    expect(engine.batches).toEqual([]);
  });
});

it('a failing batch fails all its requests, later images included, and the next batch runs', async () => {
  const { engine, batcher, submit } = setUp({ maxBatch: 2 });
  const failing = [outcome(submit([1])), outcome(submit([2, 3, 4, 5, 6]))];
  await turn();
  const after = submit([7]);
  await engine.end(new Error('broken'));
  expect(await Promise.all(failing)).toEqual(['broken', 'broken']);
  // [3, 4] had been handed over ahead of time.
  expect(engine.batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
  await engine.end();
  expect(engine.batches[2]).toEqual([7]);
  await engine.end();
  expect([...(await after).outputs]).toEqual([70, 71]);
  expect(batcher.stats()).toMatchObject({ failures: 1, waiting: 0, running: 0 });
});

it('batch sizes, times and throughput are counted', async () => {
  const { engine, batcher, submit } = setUp();
  for (const numbers of [[1], [2, 3]]) {
    const answer = submit(numbers);
    await turn();
    await engine.end();
    expect(await answer).toMatchObject({ queueMs: expect.any(Number), computeMs: 100 });
  }
  const stats = batcher.stats();
  expect(stats).toMatchObject({
    executions: 2,
    images: 3,
    batchSizes: { 1: 1, 2: 1 },
    computeMs: 200,
  });
  // 10 images per second at first, then a tenth of the way to 20.
  expect(stats.imagesPerSecond).toBeCloseTo(11);
});
