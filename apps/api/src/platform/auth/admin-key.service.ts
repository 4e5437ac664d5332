import { Inject, Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import { Database, violatesUnique } from '../database/database';
import { adminKeyFromFile, dataFolderId } from './admin-key';
import { ApiKeyEntity } from './api-key.entity';
import { hashOf } from './credentials';

/** The name of the key that the settings or the data folder hold. */
export const adminKeyName = 'admin';

/** Shorter ones are taken, with a warning, from installations that have them. */
const soundLength = 32;

interface AdminKey {
  key: string;
  /** Whether COATRACK_ADMIN_KEY says it. */
  configured: boolean;
  /** Of the data folder. */
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
        `The admin key in ${place} has ${key.length} characters: take at least ${soundLength}`,
      );
    }
    const changed = await this.database.transaction(() => this.put({ key, configured, folderId }));
    this.logger.log(`The admin key is in ${place}`);
    if (changed) this.logger.warn('It has changed: the one before and its sessions have ended');
  }

  /** @returns whether another key was there before */
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
    // Processes that share a database but neither the setting nor the folder would end each other's keys for ever.
    if (!configured && before.setBy !== null && before.setBy !== folderId) {
      throw new Error(
        'The admin key of this database was set from another data folder. Set COATRACK_ADMIN_KEY to the same key ' +
          'for every process that uses the database, or copy the file admin-key from that data folder to this one.',
      );
    }
    // What was opened with the key before ends with it: the row goes, and with it what refers to it.
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
      'The admin key is already the key of another name: set COATRACK_ADMIN_KEY to a key of its own.',
      { cause: error },
    );
  }
}
