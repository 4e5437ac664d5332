import { Module } from '@nestjs/common';
import { ModelsModule } from '../models/models.module';
import { ServingModule } from '../serving/serving.module';
import { PredictController } from './predict.controller';
import { ServingController } from './serving.controller';
import { ServingService } from './serving.service';

/** Predictions over HTTP. */
@Module({
  imports: [ModelsModule, ServingModule],
  controllers: [PredictController, ServingController],
  providers: [ServingService],
})
export class InferenceModule {}
