import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module';
import { Uploads } from '../platform/forms/uploads';
import { CardController } from './cards/card.controller';
import { CardService } from './cards/card.service';
import {
  ArchitecturesController,
  PublishedWeightsController,
} from './catalogue/catalogue.controller';
import { ArchitecturesService, PublishedWeightsService } from './catalogue/catalogue.service';
import { ConfusionController } from './confusion/confusion.controller';
import { ConfusionService } from './confusion/confusion.service';
import { ExportFactory } from './exports/export-factory';
import { ExportRepository } from './exports/export-repository';
import { ExportsController } from './exports/exports.controller';
import { ExportsService } from './exports/exports.service';
import { VersionFeatures } from './features/version-features';
import { OnnxImporter } from './import/onnx-importer';
import { VersionUploadService } from './import/version-upload.service';
import { WeightsImporter } from './import/weights-importer';
import { ConfusionRepository } from './models/confusion-repository';
import { ModelChanges } from './models/model-changes';
import { ModelRegistry } from './models/model-registry';
import { ModelRepository } from './models/model-repository';
import { ModelsController } from './models/models.controller';
import { ModelsService } from './models/models.service';

/** Models with their versions, cards and exports, and importable weights, for the HTTP process and the workers. */
@Module({
  imports: [DatasetsModule],
  controllers: [
    ArchitecturesController,
    PublishedWeightsController,
    ModelsController,
    CardController,
    ConfusionController,
    ExportsController,
  ],
  providers: [
    Uploads,
    ArchitecturesService,
    PublishedWeightsService,
    ModelChanges,
    ModelRegistry,
    ModelRepository,
    ModelsService,
    CardService,
    ConfusionService,
    ConfusionRepository,
    VersionUploadService,
    WeightsImporter,
    OnnxImporter,
    ExportFactory,
    ExportRepository,
    ExportsService,
    VersionFeatures,
  ],
  exports: [
    ModelChanges,
    ModelRegistry,
    VersionUploadService,
    WeightsImporter,
    ExportFactory,
    ExportsService,
    VersionFeatures,
  ],
})
export class RegistryModule {}
