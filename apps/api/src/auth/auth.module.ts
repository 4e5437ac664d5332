import { Inject, Logger, Module, OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { adminKeyFromFile } from './admin-key';
import { ApiKeys, ApiKeyStore } from './api-keys';
import { AuthGuard } from './auth.guard';
import { TypeormApiKeyStore } from './typeorm-api-key.store';

@Module({
  providers: [
    ApiKeys,
    { provide: ApiKeyStore, useClass: TypeormApiKeyStore },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [ApiKeys],
})
export class AuthModule implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly keys: ApiKeys,
  ) {}

  /** The configured key wins; each start replaces the one before, so a changed key takes effect. */
  async onModuleInit(): Promise<void> {
    const { adminKey, dataFolder } = this.config;
    await this.keys.setAdminKey(adminKey ?? (await adminKeyFromFile(dataFolder)));
    const place = adminKey ? 'COATRACK_ADMIN_KEY' : 'the file admin-key in the data folder';
    new Logger('Auth').log(`The admin key is in ${place}`);
  }
}
