import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn, bigintTransformer } from '../../database/columns';

/** A change that was made or tried, or a failed login. */
@Entity('audit')
export class AuditEntity {
  @PrimaryColumn('bigint', { generated: 'identity', transformer: bigintTransformer })
  id!: number;

  @Column('timestamptz')
  at!: Date;

  @Column('uuid', { name: 'key_id', nullable: true })
  keyId!: string | null;

  /** As it was then; null where the key was not known. */
  @Column('text', { name: 'key_name', nullable: true })
  keyName!: string | null;

  @Column('bigint', { ...bigintColumn('session_id'), nullable: true })
  sessionId!: number | null;

  @Column('text')
  method!: string;

  /** The pattern, such as `/api/v1/models/:name`. */
  @Column('text')
  route!: string;

  /** The path itself, without its query. */
  @Column('text')
  resource!: string;

  @Column('integer')
  status!: number;

  @Column('text', { name: 'request_id' })
  requestId!: string;

  @Column('text')
  address!: string;
}
