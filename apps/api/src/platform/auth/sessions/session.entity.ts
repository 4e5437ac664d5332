import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
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

  /** SHA-256 of what the cookie holds. */
  @Column('bytea')
  hash!: Buffer;

  /** SHA-256 of what changes show besides. */
  @Column('bytea', { name: 'proof_hash' })
  proofHash!: Buffer;

  @Column('text', { name: 'user_agent' })
  userAgent!: string;

  @Column('text')
  address!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** Exact to a minute. */
  @Column('timestamptz', { name: 'last_used_at', default: () => 'now()' })
  lastUsedAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
