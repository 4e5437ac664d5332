import { Module } from '@nestjs/common';
import { Uploads } from '../platform/forms/uploads';
import { DatasetStore } from './dataset';
import { DatasetUploadService } from './dataset-upload.service';
import { DatasetsController } from './datasets.controller';
import { DatasetsService } from './datasets.service';
import { TypeormDatasetStore } from './typeorm-dataset.store';

@Module({
  controllers: [DatasetsController],
  providers: [
    Uploads,
    DatasetsService,
    DatasetUploadService,
    { provide: DatasetStore, useClass: TypeormDatasetStore },
  ],
  exports: [DatasetsService],
})
export class DatasetsModule {}
