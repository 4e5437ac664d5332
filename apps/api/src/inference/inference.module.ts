import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { BodiesModule } from '../http/bodies.module';
import { ModelsModule } from '../models/models.module';
import { MetricsModule } from '../observability/metrics.module';
import { ServingModule } from '../serving/serving.module';
import { Admission } from './admission';
import { PredictController } from './predict.controller';
import { ServingController } from './serving.controller';
import { ServingService } from './serving.service';

/** Predictions over HTTP. */
@Module({
  imports: [AuthModule, BodiesModule, MetricsModule, ModelsModule, ServingModule],
  controllers: [PredictController, ServingController],
  providers: [Admission, ServingService],
  exports: [Admission],
})
export class InferenceModule {}
