import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { ApiKeyEntity } from './api-key.entity';
import { ApiKeyStore } from './api-keys';

@Injectable()
export class TypeormApiKeyStore extends ApiKeyStore {
  constructor(private readonly database: Database) {
    super();
  }

  async put(name: string, hash: Buffer): Promise<void> {
    await this.database.manager.upsert(ApiKeyEntity, { name, hash }, ['name']);
  }

  async hashes(): Promise<Buffer[]> {
    const keys = await this.database.manager.find(ApiKeyEntity, { select: { hash: true } });
    return keys.map(({ hash }) => hash);
  }
}
