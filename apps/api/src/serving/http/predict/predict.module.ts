import { Module } from '@nestjs/common';
import { AuthModule } from '../../../platform/auth/auth.module';
import { BodiesModule } from '../../../platform/http/bodies.module';
import { RegistryModule } from '../../../registry/registry.module';
import { ServingMetricsModule } from '../../metrics/serving-metrics.module';
import { ServingModule } from '../../serving.module';
import { Admission } from '../admission';
import { PredictController } from './predict.controller';
import { ServingController } from '../stats/serving.controller';
import { ServingService } from '../stats/serving.service';

/** Predictions over HTTP. */
@Module({
  imports: [AuthModule, BodiesModule, ServingMetricsModule, RegistryModule, ServingModule],
  controllers: [PredictController, ServingController],
  providers: [Admission, ServingService],
  exports: [Admission],
})
export class InferenceModule {}
