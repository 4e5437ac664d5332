import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Scope } from './scopes';

@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('uuid', { unique: true, default: () => 'gen_random_uuid()' })
  id!: string;

  /** SHA-256 of the key, which itself is not stored. */
  @Column('bytea')
  hash!: Buffer;

  @Column('text', { array: true })
  scopes!: Scope[];

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** Accurate to a minute. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  /** For the admin key: id of the data folder of the process that set it. */
  @Column('uuid', { name: 'set_by', nullable: true })
  setBy!: string | null;
}
