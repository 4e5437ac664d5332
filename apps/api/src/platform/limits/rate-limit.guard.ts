import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { callerOf } from '../auth/caller';
import { RateLimiter } from './rate-limiter';

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
