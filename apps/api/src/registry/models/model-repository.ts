import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { readSummaries, selected } from './version-queries';
import type { ErrorCode } from '../../platform/errors/error-codes';
import { modelChannel } from './model-changes';
import { toRecord, toRow, ModelAliasEntity, ModelEntity, ModelVersionEntity } from './model.entity';
import { Database, violatesForeignKey } from '../../platform/database/database';
import { microseconds, type Moment, momentTime } from '../../platform/lists/newest-first';
import { DomainError } from '../../platform/errors/domain-error';
import { mapPage, type Page, pageOf, type PageQuery } from '../../platform/lists/page';
import type {
  ModelRecord,
  VersionRecord,
  VersionReference,
  VersionSelector,
  VersionSummary,
} from './model';

const summaryQuery = `
  SELECT m.name, m.description, m.created_at AS "createdAt",
    (SELECT max(version) FROM model_versions v WHERE v.model = m.name) AS "latestVersion",
    (SELECT count(*)::integer FROM model_versions v WHERE v.model = m.name) AS versions,
    (SELECT coalesce(json_object_agg(alias, version), '{}')
       FROM model_aliases a WHERE a.model = m.name) AS aliases
  FROM models m`;

/** Returns a handler that turns the violation of a foreign key into the given error. */
function refuse(code: ErrorCode, message: string): (error: unknown) => never {
  return (error) => {
    throw violatesForeignKey(error) ? new DomainError(code, message) : error;
  };
}

const versionInUse = refuse(
  'VERSION_IN_USE',
  'An alias or an unfinished job refers to this version: remove the alias, or cancel the job or wait for it.',
);
const modelInUse = refuse(
  'MODEL_IN_USE',
  'A queued or running job uses this model, or a version is being added: wait for it, or cancel it.',
);

/** Stores the rows of models, versions and aliases. */
@Injectable()
export class ModelRepository {
  constructor(private readonly database: Database) {}

  /** Lists models, newest first. */
  async list(page: PageQuery<Moment>): Promise<Page<ModelRecord>> {
    const begin = page.cursor ? `WHERE (m.created_at, m.name) < (${momentTime('$2')}, $3)` : '';
    const rows: (ModelRecord & { place: string })[] = await this.database.manager.query(
      `SELECT listed.*, ${microseconds('"createdAt"')} AS place FROM (${summaryQuery} ${begin}
         ORDER BY m.created_at DESC, m.name DESC LIMIT $1) AS listed`,
      [page.limit + 1, ...(page.cursor ?? [])],
    );
    const models = pageOf(rows, page, ({ place, name }): Moment => [Number(place), name]);
    return mapPage(models, ({ place: _, ...model }) => model);
  }

  async find(name: string): Promise<ModelRecord | undefined> {
    const query = `${summaryQuery} WHERE m.name = $1`;
    const [model]: ModelRecord[] = await this.database.manager.query(query, [name]);
    return model;
  }

  /** Lists a model's versions, highest number first; a page begins below the number of its cursor. */
  async versions(model: string, page: PageQuery<number>): Promise<Page<VersionSummary>> {
    const query = this.summaries()
      .where({ model })
      .orderBy('found.version', 'DESC')
      .limit(page.limit + 1);
    if (page.cursor) query.andWhere('found.version < :cursor', { cursor: page.cursor });
    return pageOf(await readSummaries(query), page, ({ version }) => version);
  }

  /** Lists all versions, or one model's, by name, oldest first. */
  references(model?: string): Promise<(VersionReference & { id: string })[]> {
    return this.database.manager.find(ModelVersionEntity, {
      select: { id: true, model: true, version: true },
      where: model === undefined ? {} : { model },
      order: { model: 'ASC', version: 'ASC' },
    });
  }

  /** Finds a version; without number and alias, the latest. */
  async findVersion(model: string, which: VersionSelector): Promise<VersionRecord | undefined> {
    const query = this.database.manager.createQueryBuilder(ModelVersionEntity, 'found');
    const row = await selected(query, model, which).getOne();
    return row ? toRecord(row) : undefined;
  }

  /** Like `findVersion`, but without the fields that grow with the number of classes. */
  async findSummary(model: string, which: VersionSelector): Promise<VersionSummary | undefined> {
    const [found] = await readSummaries(selected(this.summaries(), model, which));
    return found;
  }

  private summaries(): SelectQueryBuilder<ModelVersionEntity> {
    const query = this.database.manager.createQueryBuilder(ModelVersionEntity, 'found');
    const columns = query.expressionMap
      .mainAlias!.metadata.columns.map(({ propertyName }) => propertyName)
      .filter((name) => name !== 'labels' && name !== 'recipe');
    return query
      .select(columns.map((name) => `found.${name}`))
      .addSelect('jsonb_array_length(found.labels)', 'class_count');
  }

  /** Finds the newest version whose file has this SHA-256. */
  async findByBlob(sha256: string): Promise<VersionRecord | undefined> {
    const [row] = await this.database.manager.find(ModelVersionEntity, {
      where: { blob: sha256 },
      order: { createdAt: 'DESC' },
      take: 1,
    });
    return row && toRecord(row);
  }

  /**
   * Creates the model if necessary and gives the version the name's next number. Numbers are never reused, even if the model
   * is deleted and created again.
   */
  insertVersion(
    version: Omit<VersionRecord, 'version'>,
    description?: string,
  ): Promise<VersionRecord> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      // The update locks the model's row, so that it is not deleted meanwhile.
      await manager.query(
        `INSERT INTO models (name, description) VALUES ($1, coalesce($2, ''))
         ON CONFLICT (name) DO UPDATE SET description = coalesce($2, models.description)`,
        [version.model, description],
      );
      // The counter outlives the model, so references to a version never mean another one. Concurrent uploads get different
      // numbers.
      const [counter]: { last_version: number }[] = await manager.query(
        `INSERT INTO model_numbers (model, last_version) VALUES ($1, 1)
         ON CONFLICT (model) DO UPDATE SET last_version = model_numbers.last_version + 1
         RETURNING last_version`,
        [version.model],
      );
      const record = { ...version, version: counter!.last_version };
      await manager.insert(ModelVersionEntity, toRow(record));
      await this.notify(record.model);
      return record;
    });
  }

  /**
   * Deletes the version with its exports.
   * @returns the SHA-256 of all their files; undefined if the version does not exist
   * @throws DomainError VERSION_IN_USE while an alias or an unfinished job refers to it
   */
  deleteVersion({ id, model, version, blob }: VersionRecord): Promise<string[] | undefined> {
    const work = async () => {
      const exports = await this.deleteExports(model, version);
      const { affected } = await this.database.manager.delete(ModelVersionEntity, { id });
      await this.notify(model);
      return affected === 1 ? [blob, ...exports] : undefined;
    };
    return this.database.transaction(work).catch(versionInUse);
  }

  /**
   * Deletes the model with its versions, their exports and its aliases.
   * @returns the SHA-256 of all their files; undefined if the model does not exist
   * @throws DomainError MODEL_IN_USE while an unfinished job refers to one of its versions
   */
  delete(name: string): Promise<string[] | undefined> {
    const work = async () => {
      const { manager } = this.database;
      await manager.delete(ModelAliasEntity, { model: name });
      const exports = await this.deleteExports(name);
      const [versions] = await manager.query<[{ blob: string }[], number]>(
        'DELETE FROM model_versions WHERE model = $1 RETURNING blob',
        [name],
      );
      // Last, as deleting the versions may wait for a job that is about to write to this row.
      const { affected } = await manager.delete(ModelEntity, { name });
      await this.notify(name);
      return affected === 1 ? [...versions.map(({ blob }) => blob), ...exports] : undefined;
    };
    return this.database.transaction(work).catch(modelInUse);
  }

  /** Deletes the exports of one version or of all. @returns the SHA-256 of their files */
  private async deleteExports(model: string, version?: number): Promise<string[]> {
    const [rows] = await this.database.manager.query<[{ blob: string }[], number]>(
      `DELETE FROM artifacts WHERE model = $1 AND version = coalesce($2::integer, version)
       RETURNING blob`,
      [model, version],
    );
    return rows.map(({ blob }) => blob);
  }

  /** Sets an alias. @returns whether the version exists */
  async setAlias(model: string, alias: string, version: number): Promise<boolean> {
    try {
      const row = { model, alias, version };
      await this.database.transaction(async () => {
        await this.database.manager.upsert(ModelAliasEntity, row, ['model', 'alias']);
        await this.notify(model);
      });
      return true;
    } catch (error) {
      if (violatesForeignKey(error)) return false;
      throw error;
    }
  }

  /** Deletes an alias. @returns whether it existed */
  deleteAlias(model: string, alias: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const { affected } = await this.database.manager.delete(ModelAliasEntity, { model, alias });
      await this.notify(model);
      return affected === 1;
    });
  }

  /** Announces a change; Postgres sends the notification when the running transaction commits. */
  private async notify(model: string): Promise<void> {
    await this.database.manager.query('SELECT pg_notify($1, $2)', [modelChannel, model]);
  }
}
