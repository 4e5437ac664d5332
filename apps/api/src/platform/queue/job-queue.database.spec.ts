import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import Bull from 'bull';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { BullQueue } from './bull-queue';
import type { JobQueue } from './job-queue';
import { PgBossQueue } from './pg-boss-queue';

const redisUrl = inject('redisUrl');
const prefix = randomUUID();
const adapters: Record<string, () => JobQueue> = {
  'pg-boss': () => new PgBossQueue(inject('postgresUrl')),
  ...(redisUrl ? { bull: () => new BullQueue(new Bull('jobs', redisUrl, { prefix })) } : {}),
};

if (!redisUrl) it.skip('bull: needs redis-server');

describe.each(Object.entries(adapters))('%s', (_, create) => {
  const opened: JobQueue[] = [];
  const open = () => {
    const queue = create();
    opened.push(queue);
    return queue;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
  });

  /** Creates a handler whose calls end with `finish`. */
  function handler() {
    const seen: string[] = [];
    const held: (() => void)[] = [];
    let most = 0;
    return {
      seen,
      most: () => most,
      finish: () => held.shift()!(),
      handle: async (id: string) => {
        seen.push(id);
        await new Promise<void>((done) => {
          most = Math.max(most, held.push(done));
        });
      },
    };
  }
  const soon = { timeout: 5000 };

  it('delivers one message at a time, a repeated one once, and a later attempt again', async () => {
    const producer = open();
    await producer.enqueue({ id: 'a', attempts: 0 });
    await producer.enqueue({ id: 'a', attempts: 0 });
    await producer.enqueue({ id: 'b', attempts: 0 });
    const { seen, most, finish, handle } = handler();
    await open().consume(handle);
    await expect.poll(() => seen, soon).toEqual(['a']);
    await producer.enqueue({ id: 'a', attempts: 1 });
    finish();
    await expect.poll(() => seen, soon).toEqual(['a', 'b']);
    finish();
    await expect.poll(() => seen, soon).toEqual(['a', 'b', 'a']);
    finish();
    expect(most()).toBe(1);
  });

  it('stops after the current message and leaves the rest to others', async () => {
    const producer = open();
    const consumer = open();
    const { seen, finish, handle } = handler();
    await consumer.consume(handle);
    await producer.enqueue({ id: 'c', attempts: 0 });
    await expect.poll(() => seen, soon).toEqual(['c']);
    let stopped = false;
    const stopping = consumer.stop().then(() => {
      stopped = true;
    });
    await producer.enqueue({ id: 'd', attempts: 0 });
    await pause(200);
    expect(stopped).toBe(false);
    finish();
    await stopping;
    const next = handler();
    await open().consume(next.handle);
    await expect.poll(() => next.seen, soon).toEqual(['d']);
    next.finish();
    expect(seen).toEqual(['c']);
  });
});
