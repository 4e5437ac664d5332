import { Module, OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ObservabilityModule } from '../observability/observability.module';
import { AdminKeyService } from './admin-key.service';
import { AuditController } from './audit/audit.controller';
import { AuditLog } from './audit/audit-log';
import { AuditService } from './audit/audit.service';
import { AuthDatabase } from './auth-database';
import { AuthGuard } from './auth.guard';
import { Authenticator } from './authenticator';
import { KeysController } from './keys/keys.controller';
import { KeysService } from './keys/keys.service';
import { KnownCredentials } from './known-credentials';
import { LastUse } from './last-use';
import { SessionsController } from './sessions/sessions.controller';
import { SessionsService } from './sessions/sessions.service';

/** Authenticates requests and decides what each may do. */
@Module({
  imports: [ObservabilityModule],
  controllers: [AuditController, KeysController, SessionsController],
  providers: [
    AdminKeyService,
    AuditLog,
    AuditService,
    AuthDatabase,
    Authenticator,
    KeysService,
    KnownCredentials,
    LastUse,
    SessionsService,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [Authenticator],
})
export class AuthModule implements OnApplicationShutdown {
  constructor(
    private readonly audit: AuditLog,
    private readonly database: AuthDatabase,
    private readonly lastUse: LastUse,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.lastUse.stop();
    await this.audit.stop();
    await this.database.close();
  }
}
