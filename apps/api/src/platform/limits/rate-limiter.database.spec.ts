import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import Redis from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { RateLimiter } from './rate-limiter';

Logger.overrideLogger(false);

const redisUrl = inject('redisUrl');
const stores: [string, string | undefined][] = [['memory', undefined]];
if (redisUrl) stores.push(['Redis', redisUrl]);
else it.skip('rates counted in Redis: needs redis-server');

/** Waits for Redis; until then each process counts separately. */
async function connected(limiter: RateLimiter, url: string): Promise<void> {
  const redis = new Redis(url);
  const counted = async () => {
    await limiter.take(randomUUID());
    return (await redis.keys('coatrack:rate:*')).length;
  };
  await expect.poll(counted).toBeGreaterThan(0);
  redis.disconnect();
}

describe.each(stores)('a rate counted in %s', (_, url) => {
  it.each([
    [10, 3, 300],
    [10, 15, 1500],
    [10, 10, 1000],
  ])(
    'of %i per second lets %i through at once, and again after %i ms',
    async (perSecond, burst, ms) => {
      const limiter = RateLimiter.create({ rateLimit: { perSecond, burst }, redisUrl: url });
      try {
        if (url) await connected(limiter, url);
        const key = randomUUID();
        const asked = Array.from({ length: burst + 2 }, () => limiter.take(key));
        const outcomes = await Promise.allSettled(asked);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(burst);
        const [refusal] = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(refusal!.reason.code).toBe('RATE_LIMITED');
        expect(refusal!.reason.retryAfterMs).toBeGreaterThan(0);
        expect(refusal!.reason.retryAfterMs).toBeLessThanOrEqual(ms);
      } finally {
        limiter.close();
      }
    },
  );
});
