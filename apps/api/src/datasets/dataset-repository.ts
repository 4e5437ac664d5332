import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database, violatesForeignKey, violatesUnique } from '../platform/database/database';
import { type Moment, newestFirst } from '../platform/lists/newest-first';
import { isUuid } from '../platform/database/columns';
import { DomainError } from '../platform/errors/domain-error';
import { mapPage, type Page, type PageQuery } from '../platform/lists/page';
import {
  type DatasetRecord,
  type DatasetSummaryRecord,
  type ImageFilter,
  type ImageRecord,
  datasetExists,
} from './dataset';
import { DatasetEntity, DatasetImageEntity } from './dataset.entity';

/** Images per INSERT: Postgres allows 65,535 parameters per statement, and an image has eleven. */
const insertChunk = 5000;

/** Number of classes that lists show per dataset. */
const classesListed = 10;

/** Stores the rows of datasets. */
@Injectable()
export class DatasetRepository {
  constructor(private readonly database: Database) {}

  /** @throws DomainError DATASET_EXISTS when the name is taken */
  insert(dataset: DatasetRecord, images: ImageRecord[]): Promise<void> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      try {
        await manager.insert(DatasetEntity, dataset);
      } catch (error) {
        if (violatesUnique(error, 'datasets_name_key')) throw datasetExists(dataset.name);
        throw error;
      }
      for (let start = 0; start < images.length; start += insertChunk) {
        const rows = images
          .slice(start, start + insertChunk)
          .map((image) => ({ datasetId: dataset.id, ...image }));
        await manager.insert(DatasetImageEntity, rows);
      }
    });
  }

  /** Lists datasets, newest first. */
  async list(page: PageQuery<Moment>): Promise<Page<DatasetSummaryRecord>> {
    const query = this.database.manager.createQueryBuilder(DatasetEntity, 'dataset');
    const columns = query.expressionMap
      .mainAlias!.metadata.columns.map(({ propertyName }) => propertyName)
      .filter((name) => !['classes', 'skipped', 'warnings'].includes(name));
    query
      .select(columns.map((name) => `dataset.${name}`))
      .addSelect(`jsonb_path_query_array(dataset.classes, '$[0 to ${classesListed - 1}]')`, 'first')
      .addSelect('jsonb_array_length(dataset.classes)', 'class_count');
    return mapPage(
      await newestFirst(query, page),
      ({ entity: { skipped: _, warnings: __, ...dataset }, raw }) => ({
        ...dataset,
        classes: raw.first as DatasetRecord['classes'],
        classCount: raw.class_count as number,
      }),
    );
  }

  async findById(id: string): Promise<DatasetRecord | undefined> {
    if (!isUuid(id)) return undefined;
    return (await this.database.manager.findOneBy(DatasetEntity, { id })) ?? undefined;
  }

  async findByName(name: string): Promise<DatasetRecord | undefined> {
    return (await this.database.manager.findOneBy(DatasetEntity, { name })) ?? undefined;
  }

  images(id: string, filter: ImageFilter): Promise<ImageRecord[]> {
    return this.database.manager.find(DatasetImageEntity, {
      where: {
        datasetId: id,
        ...(filter.class === undefined ? {} : { class: filter.class }),
        ...(filter.after === undefined ? {} : { index: MoreThan(filter.after) }),
      },
      order: { index: 'ASC' },
      take: filter.limit,
      skip: filter.offset,
    });
  }

  async image(id: string, index: number): Promise<ImageRecord | undefined> {
    const where = { datasetId: id, index };
    return (await this.database.manager.findOneBy(DatasetImageEntity, where)) ?? undefined;
  }

  /**
   * Deletes a dataset.
   * @returns whether it existed
   * @throws DomainError DATASET_IN_USE while a queued or running job holds it
   */
  async delete(id: string): Promise<boolean> {
    try {
      const { affected } = await this.database.manager.delete(DatasetEntity, { id });
      return affected === 1;
    } catch (error) {
      if (!violatesForeignKey(error)) throw error;
      throw new DomainError(
        'DATASET_IN_USE',
        'A queued or running job uses this dataset: wait for it, or cancel it.',
      );
    }
  }
}
