import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';

/** Where the hashes of the keys are kept. */
export abstract class ApiKeyStore {
  /** Sets the one key of this name; the one before it stops working. */
  abstract put(name: string, hash: Buffer): Promise<void>;
  abstract hashes(): Promise<Buffer[]>;
}

/** How long a key that another process has replaced may still work; asking for every request costs more than the rest of it. */
const freshMs = 2000;

/** Keys are long random strings, so one round of SHA-256 is enough to keep them unguessable. */
@Injectable()
export class ApiKeys {
  private known?: { hashes: Promise<Buffer[]>; until: number };

  constructor(private readonly store: ApiKeyStore) {}

  async accepts(key: string): Promise<boolean> {
    const hash = hashOf(key);
    let accepted = false;
    for (const known of await this.hashes()) {
      accepted = timingSafeEqual(known, hash) || accepted;
    }
    return accepted;
  }

  async setAdminKey(key: string): Promise<void> {
    await this.store.put('admin', hashOf(key));
    this.known = undefined;
  }

  private hashes(): Promise<Buffer[]> {
    const now = performance.now();
    if (this.known && now < this.known.until) return this.known.hashes;
    const hashes = this.store.hashes();
    this.known = { hashes, until: now + freshMs };
    // A failure is not remembered.
    hashes.catch(() => (this.known = undefined));
    return hashes;
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
