import { Injectable } from '@nestjs/common';
import { LessThan, Column, Entity, PrimaryColumn } from 'typeorm';
import { Database } from '../../database/database';
import { mapPage, type Page, pageOf } from '../../lists/page';
import type { AuditEntry, AuditQuery } from './audit.dto';
import { bigintColumn, bigintTransformer } from '../../database/columns';

/** A change, an attempted change, or a failed login. */
@Entity('audit')
export class AuditEntity {
  @PrimaryColumn('bigint', { generated: 'identity', transformer: bigintTransformer })
  id!: number;

  @Column('timestamptz')
  at!: Date;

  @Column('uuid', { name: 'key_id', nullable: true })
  keyId!: string | null;

  /** Name at that time; null if the key was unknown. */
  @Column('text', { name: 'key_name', nullable: true })
  keyName!: string | null;

  @Column('bigint', { ...bigintColumn('session_id'), nullable: true })
  sessionId!: number | null;

  @Column('text')
  method!: string;

  /** The route's pattern, such as `/api/v1/models/:name`. */
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

@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /** Lists entries, newest first. */
  async list(query: AuditQuery): Promise<Page<AuditEntry>> {
    const { limit, cursor } = query;
    const rows = await this.database.manager.find(AuditEntity, {
      where: cursor === undefined ? {} : { id: LessThan(cursor) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return mapPage(
      pageOf(rows, query, ({ id }) => id),
      present,
    );
  }
}

function present(entry: AuditEntity): AuditEntry {
  const { keyId, keyName } = entry;
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    key: keyId !== null && keyName !== null ? { id: keyId, name: keyName } : null,
    sessionId: entry.sessionId,
    method: entry.method,
    route: entry.route,
    resource: entry.resource,
    status: entry.status,
    requestId: entry.requestId,
    address: entry.address,
  };
}
