import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MetricsModule } from '../observability/metrics.module';
import { AdminKeyService } from './admin-key.service';
import { AuthDatabase } from './auth-database';
import { AuthGuard } from './auth.guard';
import { Authenticator } from './authenticator';
import { KeysController } from './keys/keys.controller';
import { KeysService } from './keys/keys.service';
import { KnownCredentials } from './known-credentials';
import { LastUse } from './last-use';

/** Who may do what. */
@Module({
  imports: [MetricsModule],
  controllers: [KeysController],
  providers: [
    AdminKeyService,
    AuthDatabase,
    Authenticator,
    KeysService,
    KnownCredentials,
    LastUse,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [Authenticator],
})
export class AuthModule {}
