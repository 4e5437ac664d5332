import { readClassFolders } from '@coatrack/training';
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

const fields = z.object({ name: datasetNameSchema });

/** From an uploaded zip of class folders to a dataset. */
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
      const pictures = readClassFolders(file.path, this.config.datasetLimits);
      const skipped = () => pictures.report.skipped;
      return await this.datasets.create(upload.fields.name, pictures, skipped);
    } catch (error) {
      return explainArchive(error);
    } finally {
      await this.blobStore.discard(file);
    }
  }
}
