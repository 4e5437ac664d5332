import { Injectable } from '@nestjs/common';
import { LessThan, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Database } from '../../database/database';
import { DomainError } from '../../errors/domain-error';
import { mapPage, type Page, pageOf } from '../../lists/page';
import type { Caller } from '../caller';
import { hashOf, newSecret, sessionLifetime } from '../credentials';
import { KnownCredentials } from '../known-credentials';
import type { LoginLink, NewSession, Session, SessionQuery } from './session.dto';
import { bigintTransformer } from '../../database/columns';
import { ApiKeyEntity } from '../api-key.entity';

/** A browser that is logged in with a key. */
@Entity('sessions')
export class SessionEntity {
  @PrimaryColumn('bigint', { generated: 'identity', transformer: bigintTransformer })
  id!: number;

  @Column('uuid', { name: 'key_id' })
  keyId!: string;

  @ManyToOne(() => ApiKeyEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'key_id', referencedColumnName: 'id' })
  key?: ApiKeyEntity;

  /** SHA-256 of the cookie's token. */
  @Column('bytea')
  hash!: Buffer;

  /** SHA-256 of the proof that changes require. */
  @Column('bytea', { name: 'proof_hash' })
  proofHash!: Buffer;

  @Column('text', { name: 'user_agent' })
  userAgent!: string;

  @Column('text')
  address!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** Accurate to a minute. */
  @Column('timestamptz', { name: 'last_used_at', default: () => 'now()' })
  lastUsedAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}

/** Maximum number per key; beyond it, the least recently used sessions end. */
const sessionsPerKey = 50;
const longestUserAgent = 300;
const linkLifetime = '24 hours';

/** Manages the sessions of browsers. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: Database,
    private readonly known: KnownCredentials,
  ) {}

  /** Opens a session for the caller's key. */
  async open({ key }: Caller, userAgent: string, address: string): Promise<NewSession> {
    const [token, proof] = [newSecret('cs'), newSecret('cp')];
    const { manager } = this.database;
    const [row]: { id: string; expires_at: Date }[] = await manager.query(
      `INSERT INTO sessions (key_id, hash, proof_hash, user_agent, address, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + $6::interval) RETURNING id, expires_at`,
      [
        key.id,
        hashOf(token),
        hashOf(proof),
        userAgent.slice(0, longestUserAgent),
        address,
        sessionLifetime.idle,
      ],
    );
    await manager.query(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE key_id = $1 ORDER BY last_used_at DESC, id DESC OFFSET $2)`,
      [key.id, sessionsPerKey],
    );
    this.known.changed();
    return { id: Number(row!.id), token, proof, expiresAt: row!.expires_at.toISOString() };
  }

  /** Creates a link that opens sessions for the caller's key. */
  async link({ key }: Caller): Promise<LoginLink> {
    const token = newSecret('cl');
    const [row]: { expires_at: Date }[] = await this.database.manager.query(
      `INSERT INTO login_tokens (hash, key_id, expires_at)
       VALUES ($1, $2, now() + $3::interval) RETURNING expires_at`,
      [hashOf(token), key.id, linkLifetime],
    );
    this.known.changed();
    return { token, expiresAt: row!.expires_at.toISOString() };
  }

  /** Lists sessions, newest first. */
  async list(query: SessionQuery, current: number | undefined): Promise<Page<Session>> {
    const { limit, cursor } = query;
    const rows = await this.database.manager.find(SessionEntity, {
      where: cursor === undefined ? {} : { id: LessThan(cursor) },
      relations: { key: true },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return mapPage(
      pageOf(rows, query, ({ id }) => id),
      (row) => present(row, row.id === current),
    );
  }

  /** @throws DomainError SESSION_NOT_FOUND */
  async end(id: number | undefined): Promise<void> {
    const { affected } = Number.isSafeInteger(id)
      ? await this.database.manager.delete(SessionEntity, { id })
      : { affected: 0 };
    if (!affected) throw new DomainError('SESSION_NOT_FOUND', 'This session does not exist.');
    this.known.changed((credential) => credential.sessionId === id);
  }
}

function present(session: SessionEntity, current: boolean): Session {
  const { id, name } = session.key!;
  return {
    id: session.id,
    key: { id, name },
    userAgent: session.userAgent,
    address: session.address,
    createdAt: session.createdAt.toISOString(),
    lastUsedAt: session.lastUsedAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    current,
  };
}
