import { renderThumbnail } from '@coatrack/images';
import type { ClassFoldersReport, ImageSet } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { open } from 'node:fs/promises';
import { NewImage, Pack } from './pack';
import { DatasetRepository } from './dataset-repository';
import { BlobStore } from '../platform/blobs/blob-store';
import { Blobs, readOwned } from '../platform/blobs/blobs';
import { DomainError, type ProblemDetail } from '../platform/errors/domain-error';
import { orProblem } from '../platform/errors/invalid-request';
import { mapPage, type Page, pageOf } from '../platform/lists/page';
import { IdempotencyKeys } from '../platform/idempotency/idempotency-keys';
import type { ImmutableBytes } from '../platform/http/send-bytes';
import { type DatasetRecord, datasetExists, datasetNotFound, type ImageRecord } from './dataset';
import {
  type Dataset,
  type DatasetListQuery,
  datasetNameSchema,
  type DatasetSummary,
  type ImagePage,
  type ImageQuery,
} from './dataset.dto';

const skippedShown = 100;

/** Remarks about the images, known once all have been read. */
type Report = Pick<ClassFoldersReport, 'skipped' | 'warnings'>;

@Injectable()
export class DatasetsService {
  constructor(
    private readonly store: DatasetRepository,
    private readonly blobs: Blobs,
    private readonly blobStore: BlobStore,
    private readonly repeats: IdempotencyKeys,
  ) {}

  /**
   * Creates a dataset from images, with one in memory at a time. It appears complete or not at all.
   * @param report called once all images have been read
   * @throws DomainError DATASET_EXISTS
   */
  async create(
    name: string,
    images: AsyncIterable<NewImage>,
    report: () => Report,
  ): Promise<Dataset> {
    await this.checkNameIsFree(name);
    const pack = new Pack();
    const staged = await this.blobStore.stage(pack.write(images));
    const { skipped, warnings } = report();
    const dataset: DatasetRecord = {
      id: randomUUID(),
      name,
      blob: staged.sha256,
      bytes: staged.bytes,
      ...pack.summary(),
      skipped: skipped.slice(0, skippedShown).map(({ path, reason }) => ({ path, reason })),
      skippedCount: skipped.length,
      warnings,
      createdAt: new Date(),
    };
    const made = present(dataset);
    await this.blobs.keep(staged, async () => {
      await this.store.insert(dataset, pack.records());
      await this.repeats.record(made);
    });
    return made;
  }

  async checkNameIsFree(name: string): Promise<void> {
    if (await this.store.findByName(name)) throw datasetExists(name);
  }

  async list(page: DatasetListQuery): Promise<Page<DatasetSummary>> {
    return mapPage(await this.store.list(page), ({ blob: _, createdAt, ...dataset }) => ({
      ...dataset,
      createdAt: createdAt.toISOString(),
    }));
  }

  async get(id: string): Promise<Dataset> {
    return present(await this.byId(id));
  }

  /** @throws DomainError DATASET_NOT_FOUND */
  async find(idOrName: string): Promise<Dataset> {
    const found = (await this.store.findById(idOrName)) ?? (await this.store.findByName(idOrName));
    if (!found) throw datasetNotFound(idOrName);
    return present(found);
  }

  /** Opens the images for training. The caller must close them. */
  async openImages(id: string): Promise<OpenImageSet> {
    return openImageSet(await this.byId(id), this.store, this.blobStore);
  }

  async images(id: string, query: ImageQuery): Promise<ImagePage> {
    const dataset = await this.byId(id);
    const { class: className, limit, cursor: after } = query;
    const offset = after === undefined ? query.offset : 0;
    const wanted = dataset.classes.findIndex(({ name }) => name === className);
    if (className !== undefined && wanted < 0) return { total: 0, items: [], next: null };
    const rows = await this.store.images(id, {
      class: className === undefined ? undefined : wanted,
      limit: limit + 1,
      offset,
      after,
    });
    const { items, next } = pageOf(rows, { limit }, ({ index }) => index);
    return {
      total: className === undefined ? dataset.images : dataset.classes[wanted]!.count,
      next,
      items: items.map(({ index, class: classIndex, name, split, width, height }) => ({
        index,
        class: dataset.classes[classIndex]!.name,
        name,
        split,
        width,
        height,
        url: `/api/v1/datasets/${id}/images/${index}`,
      })),
    };
  }

  /** Returns one image as uploaded, or a thumbnail whose longer side is `size` pixels. */
  async image(id: string, index: string, size?: number): Promise<ImmutableBytes> {
    const dataset = await this.byId(id);
    const row = /^\d{1,9}$/.test(index) && (await this.store.image(id, Number(index)));
    if (!row) {
      throw new DomainError('IMAGE_NOT_FOUND', `The dataset has no image ${index}.`);
    }
    const bytes = await readOwned(
      () => this.blobStore.read(dataset.blob, row.byteOffset, row.byteLength),
      () => this.byId(id),
    );
    const content = size ? await renderThumbnail(bytes, size) : bytes;
    return {
      tag: `${dataset.blob}-${index}${size ? `-${size}` : ''}`,
      contentType: size ? 'image/webp' : `image/${row.format}`,
      bytes: content.length,
      open: async (range) =>
        Readable.from([range ? content.subarray(range.start, range.end + 1) : content]),
    };
  }

  async delete(id: string): Promise<void> {
    const { blob } = await this.byId(id);
    if (!(await this.store.delete(id))) throw datasetNotFound(id);
    await this.blobs.collect(blob);
  }

  private async byId(id: string): Promise<DatasetRecord> {
    const dataset = await this.store.findById(id);
    if (!dataset) throw datasetNotFound(id);
    return dataset;
  }
}

/**
 * Finds the dataset that a field of a request names. If there is none, adds a problem and returns undefined; the request's schema
 * reports a reference that is not one.
 */
export async function findDataset(
  reference: unknown,
  datasets: DatasetsService,
  problems: ProblemDetail[],
): Promise<Dataset | undefined> {
  const { data: name } = datasetNameSchema.safeParse(reference);
  return name === undefined ? undefined : orProblem('dataset', problems, () => datasets.find(name));
}

function present({ blob: _, createdAt, ...dataset }: DatasetRecord): Dataset {
  const classCount = dataset.classes.length;
  return { ...dataset, classCount, createdAt: createdAt.toISOString() };
}

/** A dataset's images for training, whose file stays open until closed. */
export interface OpenImageSet extends ImageSet {
  /** Returns the SHA-256 of the images in their order, whatever the dataset is called. */
  contents(): string;
  names: readonly string[];
  close(): Promise<void>;
}

async function openImageSet(
  dataset: DatasetRecord,
  store: DatasetRepository,
  blobs: BlobStore,
): Promise<OpenImageSet> {
  const rows = await store.images(dataset.id, { limit: dataset.images, offset: 0 });
  const file = await open(await blobs.path(dataset.blob));
  return {
    classes: dataset.classes.map(({ name }) => name),
    labels: rows.map((row) => row.class),
    splits: rows.map((row) => row.split),
    copyOf: rows.map((row) => row.copyOf),
    contents: () => contentsOf(dataset.blob, rows),
    names: rows.map((row) => row.name),
    async read(index) {
      const { byteOffset, byteLength } = rows[index]!;
      const bytes = Buffer.allocUnsafe(byteLength);
      const { bytesRead } = await file.read(bytes, 0, byteLength, byteOffset);
      if (bytesRead !== byteLength) throw new Error(`Image ${index} of the dataset is cut off.`);
      return bytes;
    },
    close: () => file.close(),
  };
}

function contentsOf(blob: string, rows: readonly ImageRecord[]): string {
  const hash = createHash('sha256').update(blob);
  for (const { byteOffset, byteLength } of rows) hash.update(`,${byteOffset}+${byteLength}`);
  return hash.digest('hex');
}
