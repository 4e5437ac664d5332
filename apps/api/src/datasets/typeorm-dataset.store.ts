import { Injectable } from '@nestjs/common';
import { Database, violatesForeignKey, violatesUnique } from '../database/database';
import { isUuid } from '../database/uuid';
import { DomainError } from '../errors/domain-error';
import {
  type DatasetRecord,
  DatasetStore,
  type PictureFilter,
  type PictureRecord,
} from './dataset';
import { datasetExists } from './dataset-errors';
import { DatasetEntity, DatasetPictureEntity } from './dataset.entity';

/** Postgres takes at most 65,535 parameters in a statement; a picture has eleven. */
const insertChunk = 5000;

@Injectable()
export class TypeormDatasetStore extends DatasetStore {
  constructor(private readonly database: Database) {
    super();
  }

  insert(dataset: DatasetRecord, pictures: PictureRecord[]): Promise<void> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      try {
        await manager.insert(DatasetEntity, dataset);
      } catch (error) {
        if (violatesUnique(error, 'datasets_name_key')) throw datasetExists(dataset.name);
        throw error;
      }
      for (let start = 0; start < pictures.length; start += insertChunk) {
        const rows = pictures
          .slice(start, start + insertChunk)
          .map((picture) => ({ datasetId: dataset.id, ...picture }));
        await manager.insert(DatasetPictureEntity, rows);
      }
    });
  }

  list(): Promise<DatasetRecord[]> {
    return this.database.manager.find(DatasetEntity, { order: { createdAt: 'DESC', id: 'ASC' } });
  }

  async findById(id: string): Promise<DatasetRecord | undefined> {
    if (!isUuid(id)) return undefined;
    return (await this.database.manager.findOneBy(DatasetEntity, { id })) ?? undefined;
  }

  async findByName(name: string): Promise<DatasetRecord | undefined> {
    return (await this.database.manager.findOneBy(DatasetEntity, { name })) ?? undefined;
  }

  pictures(id: string, filter: PictureFilter): Promise<PictureRecord[]> {
    return this.database.manager.find(DatasetPictureEntity, {
      where:
        filter.class === undefined ? { datasetId: id } : { datasetId: id, class: filter.class },
      order: { index: 'ASC' },
      take: filter.limit,
      skip: filter.offset,
    });
  }

  async picture(id: string, index: number): Promise<PictureRecord | undefined> {
    const where = { datasetId: id, index };
    return (await this.database.manager.findOneBy(DatasetPictureEntity, where)) ?? undefined;
  }

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
