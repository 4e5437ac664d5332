import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { bearerKey } from '../auth/credentials';
import { RateLimiter } from './rate-limiter';

/** Runs after the key was found valid: requests without one are refused at no cost, and some routes need none. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limiter: RateLimiter) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const key = bearerKey(request.headers.authorization);
    if (key) await this.limiter.take(key);
    return true;
  }
}
