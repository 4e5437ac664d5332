import { Module } from '@nestjs/common';
import { ModelsModule } from '../registry/models/models.module';
import { CompareController } from './compare.controller';
import { CompareService } from './compare.service';
import { MeasurementsModule } from './measurements.module';

@Module({
  imports: [MeasurementsModule, ModelsModule],
  controllers: [CompareController],
  providers: [CompareService],
})
export class CompareModule {}
