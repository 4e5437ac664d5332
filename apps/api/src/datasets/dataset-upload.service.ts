import { readClassFolders, DatasetError } from '@coatrack/training';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore } from '../platform/blobs/blob-store';
import { type Config, CONFIG } from '../config';
import { type UploadedFile, Uploads } from '../platform/forms/uploads';
import { parseOrFail } from '../platform/errors/invalid-request';
import {
  type Dataset,
  type DatasetUploadQuery,
  datasetNameSchema,
  nameEncodingSchema,
} from './dataset.dto';
import { DatasetsService } from './datasets.service';
import { DomainError } from '../platform/errors/domain-error';

const fields = z.object({
  name: datasetNameSchema,
  nameEncoding: nameEncodingSchema.optional(),
});

/** Turns an uploaded archive of class folders into a dataset. */
@Injectable()
export class DatasetUploadService {
  constructor(
    private readonly uploads: Uploads,
    private readonly datasets: DatasetsService,
    private readonly blobStore: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError INVALID_DATASET, DATASET_EXISTS, and the codes of `Uploads.receive` */
  async create(request: Request, query: DatasetUploadQuery): Promise<Dataset> {
    const maxFileBytes = this.config.uploadLimits.dataset;
    const upload = await this.uploads.receive(request, {
      fields,
      file: 'file',
      maxFiles: 1,
      maxFileBytes,
      beforeFiles: (texts) => this.checkFields(texts),
    });
    const [file] = upload.files as [UploadedFile];
    try {
      const { name, nameEncoding = query.nameEncoding } = upload.fields;
      const limits = this.config.datasetLimits;
      const images = readClassFolders(file.path, { limits, nameEncoding });
      return await this.datasets.create(name, images, () => images.report);
    } catch (error) {
      return explainArchive(error);
    } finally {
      await this.blobStore.discard(file);
    }
  }

  /** Refuses an upload that could not be kept before gigabytes are sent. */
  private async checkFields(texts: Readonly<Record<string, string>>): Promise<void> {
    const { name } = parseOrFail(fields.partial(), texts);
    if (name !== undefined) await this.datasets.checkNameIsFree(name);
  }
}

/** Throws problems of an archive as INVALID_DATASET; rethrows any other error. */
function explainArchive(error: unknown): never {
  if (!(error instanceof DatasetError)) throw error;
  const problems = error.problems.map(({ where, message }) => ({ where, message }));
  throw new DomainError('INVALID_DATASET', error.message, problems, { cause: error });
}
