import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';

/** Where the hashes of the keys are kept. */
export abstract class ApiKeyStore {
  /** Sets the one key of this name; the one before it stops working. */
  abstract put(name: string, hash: Buffer): Promise<void>;
  abstract hashes(): Promise<Buffer[]>;
}

/** Keys are long random strings, so one round of SHA-256 is enough to keep them unguessable. */
@Injectable()
export class ApiKeys {
  constructor(private readonly store: ApiKeyStore) {}

  async accepts(key: string): Promise<boolean> {
    const hash = hashOf(key);
    let accepted = false;
    for (const known of await this.store.hashes()) {
      accepted = timingSafeEqual(known, hash) || accepted;
    }
    return accepted;
  }

  async setAdminKey(key: string): Promise<void> {
    await this.store.put('admin', hashOf(key));
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
