import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database } from '../../database/database';
import { cutPage } from '../../http/pages';
import type { AuditPage, AuditQuery } from './audit.dto';
import { AuditEntity } from './audit.entity';

@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /** Lists entries, newest first. */
  async list({ limit, cursor }: AuditQuery): Promise<AuditPage> {
    const rows = await this.database.manager.find(AuditEntity, {
      where: cursor === undefined ? {} : { id: LessThan(cursor) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const { page, next } = cutPage(rows, limit, ({ id }) => String(id));
    return { entries: page.map(present), next };
  }
}

function present(entry: AuditEntity): AuditPage['entries'][number] {
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
