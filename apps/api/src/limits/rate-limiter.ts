import { Logger } from '@nestjs/common';
import Redis from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Config } from '../config';
import { DomainError } from '../errors/domain-error';

/** A Redis that is away must not hold requests up. */
const redisTimeoutMs = 500;

/** How many requests each key may make: counted in Redis, for all processes together, where there is one. */
export class RateLimiter {
  private constructor(
    private readonly limiter: RateLimiterAbstract | undefined,
    private readonly redis?: Redis,
  ) {}

  static create({ rateLimit, redisUrl }: Pick<Config, 'rateLimit' | 'redisUrl'>): RateLimiter {
    if (!rateLimit) return new RateLimiter(undefined);
    // Redis counts in windows of whole seconds: one that is long enough for the burst.
    const duration = Math.ceil(rateLimit.burst / rateLimit.perSecond);
    const options = {
      points: rateLimit.perSecond * duration,
      duration,
      keyPrefix: 'coatrack:rate',
    };
    if (!redisUrl) return new RateLimiter(new RateLimiterMemory(options));
    const redis = new Redis(redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: redisTimeoutMs,
    });
    const logger = new Logger('Limits');
    redis.on('error', ({ message }) => logger.warn(`Each process counts for itself: ${message}`));
    const insuranceLimiter = new RateLimiterMemory(options);
    return new RateLimiter(
      new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter }),
      redis,
    );
  }

  /**
   * Counts a request of the key with this id, or of a session that was opened with it.
   * @throws DomainError RATE_LIMITED
   */
  async take(keyId: string): Promise<void> {
    try {
      await this.limiter?.consume(keyId);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const message = 'This key has made too many requests lately. Try again later.';
      const retryAfterMs = refusal.msBeforeNext;
      throw new DomainError('RATE_LIMITED', message, undefined, { retryAfterMs });
    }
  }

  close(): void {
    this.redis?.disconnect();
  }
}
