import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module';
import { BodiesModule } from '../../../platform/http/bodies.module';
import { RegistryModule } from '../../../registry/registry.module';
import { ServingMetricsModule } from '../../metrics/serving-metrics.module';
import { ServingModule } from '../../serving.module';
import { V2InferenceController } from './v2-inference.controller';
import { V2InferenceService } from './v2-inference.service';
import { V2ModelsController } from './v2-models.controller';
import { V2ModelsService } from './v2-models.service';
import { V2RepositoryController } from './v2-repository.controller';
import { V2RepositoryService } from './v2-repository.service';
import { V2ServerController } from './v2-server.controller';

/** The Open Inference Protocol, version 2, with Triton's extensions. */
@Module({
  imports: [BodiesModule, HealthModule, ServingMetricsModule, RegistryModule, ServingModule],
  controllers: [
    V2ServerController,
    V2ModelsController,
    V2InferenceController,
    V2RepositoryController,
  ],
  providers: [V2InferenceService, V2ModelsService, V2RepositoryService],
})
export class V2Module {}
