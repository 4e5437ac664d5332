import { nameEncodings, readClassFolders } from '@coatrack/training';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore } from '../blobs/blob-store';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { type UploadedFile, Uploads } from '../http/uploads';
import { type Dataset, datasetNameSchema } from './dataset.dto';
import { explainArchive } from './dataset-errors';
import { DatasetsService } from './datasets.service';

const nameEncodingSchema = z
  .enum(nameEncodings, `must be one of ${nameEncodings.join(', ')}`)
  .optional();

const fields = z.object({ name: datasetNameSchema, nameEncoding: nameEncodingSchema });

/** From an uploaded archive of class folders to a dataset. */
@Injectable()
export class DatasetUploadService {
  constructor(
    private readonly uploads: Uploads,
    private readonly datasets: DatasetsService,
    private readonly blobStore: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError INVALID_DATASET, DATASET_EXISTS, and what `Uploads.receive` throws */
  async create(request: Request): Promise<Dataset> {
    const maxFileBytes = this.config.uploadLimits.dataset;
    const rules = { fields, file: 'file', maxFiles: 1, maxFileBytes };
    const upload = await this.uploads.receive(request, rules);
    const [file] = upload.files as [UploadedFile];
    try {
      const { name, nameEncoding } = upload.fields;
      const limits = this.config.datasetLimits;
      const pictures = readClassFolders(file.path, { limits, nameEncoding });
      return await this.datasets.create(name, pictures, () => pictures.report);
    } catch (error) {
      return explainArchive(error);
    } finally {
      await this.blobStore.discard(file);
    }
  }
}
