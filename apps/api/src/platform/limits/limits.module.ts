import { Module, OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { type Config, CONFIG } from '../../config';
import { Drain } from './drain';
import { RateLimitGuard, RateLimiter } from './rate-limiter';

/** Rate limits. Must follow authentication in the list of modules, as guards run in that order. */
@Module({
  providers: [
    Drain,
    {
      provide: RateLimiter,
      useFactory: (config: Config) => RateLimiter.create(config),
      inject: [CONFIG],
    },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [Drain],
})
export class LimitsModule implements OnApplicationShutdown {
  constructor(private readonly limiter: RateLimiter) {}

  onApplicationShutdown(): void {
    this.limiter.close();
  }
}
