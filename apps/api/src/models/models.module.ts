import { Module } from '@nestjs/common';
import { Uploads } from '../http/uploads';
import { ModelStore } from './model';
import { ModelRegistry } from './model-registry';
import { ModelsController } from './models.controller';
import { ModelsService } from './models.service';
import { TypeormModelStore } from './typeorm-model.store';
import { VersionUploadService } from './version-upload.service';
import { WeightsImporter } from './weights-importer';

@Module({
  controllers: [ModelsController],
  providers: [
    Uploads,
    ModelRegistry,
    ModelsService,
    VersionUploadService,
    WeightsImporter,
    { provide: ModelStore, useClass: TypeormModelStore },
  ],
  exports: [ModelRegistry, VersionUploadService, WeightsImporter],
})
export class ModelsModule {}
