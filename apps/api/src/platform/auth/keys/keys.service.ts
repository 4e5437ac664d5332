import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database, violatesUnique } from '../../database/database';
import { isUuid } from '../../database/columns';
import { DomainError } from '../../errors/domain-error';
import { mapPage, type Page, pageOf } from '../../lists/page';
import { adminKeyName } from '../admin-key.service';
import { ApiKeyEntity } from '../api-key.entity';
import { hashOf, newSecret } from '../credentials';
import { KnownCredentials } from '../known-credentials';
import type { ApiKey, ApiKeyQuery, CreatedApiKey, NewApiKey } from './key.dto';

/** Manages named keys. */
@Injectable()
export class KeysService {
  constructor(
    private readonly database: Database,
    private readonly known: KnownCredentials,
  ) {}

  /** @throws DomainError KEY_EXISTS */
  async create({ name, scopes, expiresAt }: NewApiKey): Promise<CreatedApiKey> {
    const key = newSecret('ck');
    const { manager } = this.database;
    try {
      await manager.insert(ApiKeyEntity, {
        name,
        hash: hashOf(key),
        scopes,
        expiresAt: expiresAt ? new Date(expiresAt) : null,
      });
    } catch (error) {
      if (!violatesUnique(error, 'api_keys_pkey')) throw error;
      throw new DomainError(
        'KEY_EXISTS',
        `A key named "${name}" already exists: choose another name.`,
      );
    }
    this.known.changed();
    return { ...present(await manager.findOneByOrFail(ApiKeyEntity, { name })), key };
  }

  /** Lists keys by name. */
  async list(query: ApiKeyQuery): Promise<Page<ApiKey>> {
    const { limit, cursor } = query;
    const rows = await this.database.manager.find(ApiKeyEntity, {
      where: cursor === undefined ? {} : { name: MoreThan(cursor) },
      order: { name: 'ASC' },
      take: limit + 1,
    });
    return mapPage(
      pageOf(rows, query, ({ name }) => name),
      present,
    );
  }

  /**
   * Deletes a key, and the sessions that were opened with it.
   * @throws DomainError KEY_NOT_FOUND, ADMIN_KEY_FIXED
   */
  async delete(id: string): Promise<void> {
    const { manager } = this.database;
    const key = isUuid(id) ? await manager.findOneBy(ApiKeyEntity, { id }) : null;
    if (!key) throw new DomainError('KEY_NOT_FOUND', `There is no key ${id}.`);
    if (key.name === adminKeyName) {
      throw new DomainError(
        'ADMIN_KEY_FIXED',
        'The key "admin" cannot be deleted: it is set by COATRACK_ADMIN_KEY or the file admin-key in the data folder.',
      );
    }
    await manager.delete(ApiKeyEntity, { id });
    this.known.changed((credential) => credential.key.id === id);
  }
}

function present(key: ApiKeyEntity): ApiKey {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}
