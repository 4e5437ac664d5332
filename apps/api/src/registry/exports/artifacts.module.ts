import { Module } from '@nestjs/common';
import { DatasetsModule } from '../../datasets/datasets.module';
import { ModelsModule } from '../models/models.module';
import { ArtifactStore } from './artifact';
import { ArtifactFactory } from './artifact-factory';
import { ArtifactsController } from './artifacts.controller';
import { ArtifactsService } from './artifacts.service';
import { TypeormArtifactStore } from './typeorm-artifact.store';

@Module({
  imports: [DatasetsModule, ModelsModule],
  controllers: [ArtifactsController],
  providers: [
    ArtifactsService,
    ArtifactFactory,
    { provide: ArtifactStore, useClass: TypeormArtifactStore },
  ],
  exports: [ArtifactsService, ArtifactFactory],
})
export class ArtifactsModule {}
