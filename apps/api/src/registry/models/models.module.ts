import { Module } from '@nestjs/common';
import { Uploads } from '../../platform/forms/uploads';
import { CardController } from '../cards/card.controller';
import { CardService } from '../cards/card.service';
import { ConfusionController } from '../confusion/confusion.controller';
import { ConfusionService } from '../confusion/confusion.service';
import { ConfusionStore } from '../confusion/confusion.store';
import { ModelStore } from './model';
import { ModelChanges } from './model-changes';
import { ModelRegistry } from './model-registry';
import { ModelsController } from './models.controller';
import { ModelsService } from './models.service';
import { OnnxImporter } from '../import/onnx-importer';
import { TypeormModelStore } from './typeorm-model.store';
import { VersionUploadService } from '../import/version-upload.service';
import { WeightsImporter } from '../import/weights-importer';

@Module({
  controllers: [ModelsController, CardController, ConfusionController],
  providers: [
    Uploads,
    ModelChanges,
    ModelRegistry,
    ModelsService,
    CardService,
    ConfusionService,
    ConfusionStore,
    VersionUploadService,
    WeightsImporter,
    OnnxImporter,
    { provide: ModelStore, useClass: TypeormModelStore },
  ],
  exports: [ModelChanges, ModelRegistry, VersionUploadService, WeightsImporter],
})
export class ModelsModule {}
