import { Module } from '@nestjs/common';
import { JobStoreModule } from '../jobs/job-store.module';
import { ModelsModule } from '../models/models.module';
import { CompareController } from './compare.controller';
import { CompareService } from './compare.service';
import { MeasurementsModule } from './measurements.module';

@Module({
  imports: [MeasurementsModule, ModelsModule, JobStoreModule],
  controllers: [CompareController],
  providers: [CompareService],
})
export class CompareModule {}
