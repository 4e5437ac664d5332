import { Injectable } from '@nestjs/common';
import { DatabaseAwayError } from '../database/database-away';
import { AuthDatabase } from './auth-database';
import type { Caller } from './caller';

/** How long a credential that another process revoked may still work while the database answers. */
const freshMs = 2000;
/** How long the last known credentials keep working while the database does not answer. */
const keptMs = 60 * 60 * 1000;

/** A credential as stored. */
export interface Credential extends Caller {
  /** For a session: SHA-256, in hexadecimal, of the proof that changes require. */
  proof?: string;
  /** In ms on the clock of performance.now(). */
  expires: number;
}

interface Snapshot {
  /** By the SHA-256 of the secret, in hexadecimal. */
  credentials: Map<string, Credential>;
  /** Time of the query. */
  at: number;
}

/** Remaining times rather than points in time: only the database's clock decides when something ends. */
const everyCredential = `
  WITH credentials AS (
    SELECT 'key' AS kind, id AS key_id, hash, NULL::bigint AS session, NULL::bytea AS proof, expires_at
      FROM api_keys
    UNION ALL
    SELECT 'session', key_id, hash, id, proof_hash, expires_at FROM sessions WHERE expires_at > now()
    UNION ALL
    SELECT 'login', key_id, hash, NULL, NULL, expires_at FROM login_tokens WHERE expires_at > now()
  )
  SELECT
    c.kind, encode(c.hash, 'hex') AS hash, c.session::float8 AS session, encode(c.proof, 'hex') AS proof,
    k.id, k.name, k.scopes,
    (extract(epoch FROM LEAST(c.expires_at, k.expires_at) - now()) * 1000)::float8 AS remaining_ms
  FROM credentials c JOIN api_keys k ON k.id = c.key_id`;

interface Row {
  kind: Credential['kind'];
  hash: string;
  session: number | null;
  proof: string | null;
  id: string;
  name: string;
  scopes: Credential['key']['scopes'];
  remaining_ms: number | null;
}

/** All keys, sessions and login links, read together at most every two seconds and kept while the database is away. */
@Injectable()
export class KnownCredentials {
  private snapshot?: Snapshot;
  private loading?: Promise<Snapshot>;
  private away = false;
  /** Counts the changes by this process: a snapshot read before a change may lack it. */
  private changes = 0;

  constructor(private readonly database: AuthDatabase) {}

  /**
   * Finds a credential by its secret's SHA-256 in hexadecimal.
   * @throws DatabaseAwayError when it is not known and the database does not answer
   */
  async find(hash: string): Promise<Credential | undefined> {
    const asked = performance.now();
    const known = this.remembered(hash);
    if (known && (this.isFresh(asked) || this.away)) {
      if (!this.isFresh(asked)) this.load().catch(() => undefined);
      return known;
    }
    try {
      // An unknown credential may have been created after a snapshot that is still fresh.
      let snapshot = await this.load();
      while (snapshot.at < asked && !snapshot.credentials.has(hash)) snapshot = await this.load();
      return snapshot.credentials.get(hash);
    } catch (error) {
      const kept = this.remembered(hash);
      if (kept && error instanceof DatabaseAwayError) return kept;
      throw error;
    }
  }

  /** Returns a credential from a snapshot that is still fresh, without asking the database. */
  recall(hash: string): Credential | undefined {
    return this.isFresh(performance.now()) ? this.remembered(hash) : undefined;
  }

  /** Returns whether a fresh snapshot lacks the secret. */
  rulesOut(hash: string): boolean {
    return this.isFresh(performance.now()) && !this.remembered(hash);
  }

  /** Applies a change made by this process. `ended` returns whether a credential has become invalid. */
  changed(ended: (credential: Credential) => boolean = () => false): void {
    this.changes += 1;
    if (!this.snapshot) return;
    const kept = [...this.snapshot.credentials].filter(([, credential]) => !ended(credential));
    // The next request reads again; until then the snapshot is kept in case the database goes away.
    const at = Math.min(this.snapshot.at, performance.now() - freshMs);
    this.snapshot = { credentials: new Map(kept), at };
  }

  private remembered(hash: string): Credential | undefined {
    const { snapshot } = this;
    if (!snapshot || performance.now() - snapshot.at > keptMs) return undefined;
    return snapshot.credentials.get(hash);
  }

  private isFresh(now: number): boolean {
    return this.snapshot !== undefined && now - this.snapshot.at < freshMs;
  }

  /** Reads all credentials; concurrent callers share the answer. */
  private load(): Promise<Snapshot> {
    this.loading ??= this.read().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async read(): Promise<Snapshot> {
    for (;;) {
      const before = this.changes;
      const at = performance.now();
      const rows = await this.database.query<Row>(everyCredential).catch((error: unknown) => {
        this.away = error instanceof DatabaseAwayError;
        throw error;
      });
      this.away = false;
      if (before !== this.changes) continue;
      const credentials = new Map(rows.map((row) => [row.hash, credentialOf(row, at)]));
      return (this.snapshot = { credentials, at });
    }
  }
}

function credentialOf(row: Row, now: number): Credential {
  const { kind, id, name, scopes, session, proof, remaining_ms: remaining } = row;
  return {
    kind,
    key: { id, name, scopes },
    sessionId: session ?? undefined,
    proof: proof ?? undefined,
    expires: remaining === null ? Infinity : now + remaining,
  };
}
