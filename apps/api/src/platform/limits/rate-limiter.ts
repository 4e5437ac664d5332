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

/** Time limit for Redis, so that requests don't wait while it is away. */
const redisTimeoutMs = 500;

const keyPrefix = 'coatrack:rate';

/** Replaces the library's script, which counts in whole seconds; a window may be shorter. */
const countInMilliseconds = `
  redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
  local consumed = redis.call('incrby', KEYS[1], ARGV[1])
  local left = redis.call('pttl', KEYS[1])
  if left == -1 then
    redis.call('pexpire', KEYS[1], ARGV[2])
    left = tonumber(ARGV[2])
  end
  return {consumed, left}`;

/** Limits the requests of each key, counted in Redis for all processes together if it is configured. */
export class RateLimiter {
  private constructor(
    private readonly limiter: RateLimiterAbstract | undefined,
    private readonly redis?: Redis,
  ) {}

  static create({ rateLimit, redisUrl }: Pick<Config, 'rateLimit' | 'redisUrl'>): RateLimiter {
    if (!rateLimit) return new RateLimiter(undefined);
    // Each window allows one burst and lasts as long as the burst takes at the average rate.
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
    redis.on('error', ({ message }) =>
      logger.warn(`Redis is unavailable, so each process counts requests separately: ${message}`),
    );
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
   * Counts a request of a key, or of a session that was opened with it.
   * @throws DomainError RATE_LIMITED
   */
  async take(keyId: string): Promise<void> {
    try {
      await this.limiter?.consume(keyId);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const message = 'This key has sent too many requests. Try again later.';
      const retryAfterMs = refusal.msBeforeNext;
      throw new DomainError('RATE_LIMITED', message, undefined, { retryAfterMs });
    }
  }

  close(): void {
    this.redis?.disconnect();
  }
}

/**
 * Applies the rate limit after authentication: requests without a valid key are refused anyway, and public routes have none.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const caller = callerOf(context.switchToHttp().getRequest<Request>());
    if (caller) await this.limiter.take(caller.key.id);
    return true;
  }
}
