import { Logger, CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import Redis from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Config } from '../../config';
import { DomainError } from '../errors/domain-error';
import type { Request } from 'express';
import { callerOf } from '../auth/caller';

/** A Redis that is away must not hold requests up. */
const redisTimeoutMs = 500;

const keyPrefix = 'coatrack:rate';

/** The library's own script counts a duration in seconds, of which a window may be a part. */
const countInMilliseconds = `
  redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
  local consumed = redis.call('incrby', KEYS[1], ARGV[1])
  local left = redis.call('pttl', KEYS[1])
  if left == -1 then
    redis.call('pexpire', KEYS[1], ARGV[2])
    left = tonumber(ARGV[2])
  end
  return {consumed, left}`;

/** How many requests each key may make: counted in Redis, for all processes together, where there is one. */
export class RateLimiter {
  private constructor(
    private readonly limiter: RateLimiterAbstract | undefined,
    private readonly redis?: Redis,
  ) {}

  static create({ rateLimit, redisUrl }: Pick<Config, 'rateLimit' | 'redisUrl'>): RateLimiter {
    if (!rateLimit) return new RateLimiter(undefined);
    // Windows in which as many requests are taken as may come at once, as long as they take on average.
    const points = rateLimit.burst;
    const windowMs = Math.max(1, Math.round((1000 * rateLimit.burst) / rateLimit.perSecond));
    const inMemory = { points, duration: windowMs / 1000, keyPrefix };
    if (!redisUrl) return new RateLimiter(new RateLimiterMemory(inMemory));
    const redis = new Redis(redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: redisTimeoutMs,
    });
    const logger = new Logger('Limits');
    redis.on('error', ({ message }) => logger.warn(`Each process counts for itself: ${message}`));
    const insuranceLimiter = new RateLimiterMemory(inMemory);
    return new RateLimiter(
      new RateLimiterRedis({
        points,
        duration: windowMs,
        keyPrefix,
        storeClient: redis,
        insuranceLimiter,
        customIncrTtlLuaScript: countInMilliseconds,
      }),
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

/** Runs after the key was found valid: requests without one are refused at no cost, and some routes need none. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const caller = callerOf(context.switchToHttp().getRequest<Request>());
    if (caller) await this.limiter.take(caller.key.id);
    return true;
  }
}
