import { SamplesController } from './samples/samples.controller';
import { SamplesService } from './samples/samples.service';
import { DatasetRepository } from './dataset-repository';
import { Module } from '@nestjs/common';
import { Uploads } from '../platform/forms/uploads';
import { AugmentedImagesService } from './augmented-images.service';
import { DatasetUploadService } from './dataset-upload.service';
import { DatasetsController } from './datasets.controller';
import { DatasetsService } from './datasets.service';

@Module({
  controllers: [DatasetsController, SamplesController],
  providers: [
    Uploads,
    DatasetsService,
    DatasetUploadService,
    SamplesService,
    AugmentedImagesService,
    DatasetRepository,
  ],
  exports: [DatasetsService],
})
export class DatasetsModule {}
