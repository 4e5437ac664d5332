import { Inject, Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import { Database, violatesUnique } from '../database/database';
import { adminKeyFromFile, dataFolderId } from './admin-key';
import { ApiKeyEntity } from './api-key.entity';
import { hashOf } from './credentials';

/** Name of the key that the settings or the data folder define. */
export const adminKeyName = 'admin';

/** Shorter keys of existing installations are accepted with a warning. */
const soundLength = 32;

interface AdminKey {
  key: string;
  /** Whether COATRACK_ADMIN_KEY sets the key. */
  configured: boolean;
  /** Id of the data folder. */
  folderId: string;
}

/** Puts the admin key into the database at each start, so that a changed key takes effect. */
@Injectable()
export class AdminKeyService implements OnModuleInit {
  private readonly logger = new Logger('Auth');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
  ) {}

  async onModuleInit(): Promise<void> {
    const { adminKey, dataFolder } = this.config;
    const configured = adminKey !== undefined;
    const key = adminKey ?? (await adminKeyFromFile(dataFolder));
    const folderId = await dataFolderId(dataFolder);
    const place = configured ? 'COATRACK_ADMIN_KEY' : 'the file admin-key in the data folder';
    if (key.length < soundLength) {
      this.logger.warn(
        `The admin key in ${place} has ${key.length} characters: use at least ${soundLength}`,
      );
    }
    const changed = await this.database.transaction(() => this.put({ key, configured, folderId }));
    this.logger.log(`The admin key is in ${place}`);
    if (changed)
      this.logger.warn(
        'The admin key has changed: the old key and its sessions are no longer valid',
      );
  }

  /** Stores the key. @returns whether it replaced another key */
  private async put({ key, configured, folderId }: AdminKey): Promise<boolean> {
    const { manager } = this.database;
    const hash = hashOf(key);
    const insert = (conflict: string, id: string | null = null) =>
      manager.query(
        `INSERT INTO api_keys (id, name, hash, scopes, set_by)
         VALUES (COALESCE($1::uuid, gen_random_uuid()), $2, $3, '{admin}', $4) ${conflict}`,
        [id, adminKeyName, hash, folderId],
      );
    await refuseTaken(insert('ON CONFLICT (name) DO NOTHING'));
    const before = await manager.findOneOrFail(ApiKeyEntity, {
      where: { name: adminKeyName },
      lock: { mode: 'pessimistic_write' },
    });
    if (before.hash.equals(hash)) return false;
    // Processes that share a database but neither setting nor folder would keep replacing each other's keys.
    if (!configured && before.setBy !== null && before.setBy !== folderId) {
      throw new Error(
        'The admin key of this database was set from another data folder. Set COATRACK_ADMIN_KEY to the same key ' +
          'for every process that uses the database, or copy the file admin-key from that data folder to this one.',
      );
    }
    // Deleting the row also ends the old key's sessions and links, which refer to it.
    await manager.delete(ApiKeyEntity, { name: adminKeyName });
    await refuseTaken(insert('', before.id));
    return true;
  }
}

async function refuseTaken(insert: Promise<unknown>): Promise<void> {
  try {
    await insert;
  } catch (error) {
    if (!violatesUnique(error, 'api_keys_hash_key')) throw error;
    throw new Error(
      'The admin key is also the key of another name: set COATRACK_ADMIN_KEY to a different key.',
      { cause: error },
    );
  }
}
