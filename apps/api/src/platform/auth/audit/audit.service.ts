import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database } from '../../database/database';
import { mapPage, type Page, pageOf } from '../../lists/page';
import type { AuditEntry, AuditQuery } from './audit.dto';
import { AuditEntity } from './audit.entity';

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
