import { Injectable } from '@nestjs/common';
import type { Precision } from '@coatrack/models';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Database } from '../../platform/database/database';
import { type Moment, newestFirst } from '../../platform/lists/newest-first';
import { mapPage, type Page, type PageQuery } from '../../platform/lists/page';
import type { ExportRecord, ExportFormat, Verification } from './export-record';
import { bigintColumn } from '../../platform/database/columns';

@Entity('artifacts')
export class ExportEntity implements ExportRecord {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') job!: string;
  @Column('text') model!: string;
  @Column('integer') version!: number;
  @Column('text') format!: ExportFormat;
  @Column('text') precision!: Precision;
  @Column('text', { name: 'file_name' }) fileName!: string;
  @Column('text') blob!: string;
  @Column('bigint', bigintColumn()) bytes!: number;
  @Column('json') verification!: Verification;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}

/** Stores the rows of exports, which are deleted with their version. */
@Injectable()
export class ExportRepository {
  constructor(private readonly database: Database) {}

  async insert(record: ExportRecord): Promise<void> {
    await this.database.manager.insert(ExportEntity, record);
  }

  /** Lists a version's exports, newest first. */
  async list(model: string, version: number, page: PageQuery<Moment>): Promise<Page<ExportRecord>> {
    const query = this.database.manager
      .createQueryBuilder(ExportEntity, 'record')
      .where({ model, version });
    return mapPage(await newestFirst(query, page), ({ entity }) => entity);
  }

  find(id: string): Promise<ExportRecord | null> {
    return this.database.manager.findOneBy(ExportEntity, { id });
  }

  /** Deletes an export. @returns whether it existed */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(ExportEntity, { id });
    return affected === 1;
  }
}
