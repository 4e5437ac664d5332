import { Module } from '@nestjs/common';
import { RegistryModule } from '../registry/registry.module';
import { CompareController } from './compare.controller';
import { CompareService } from './compare.service';
import { MeasurementRepository } from './measurement-repository';

/** Measurements of versions and their comparison, for the HTTP process and the workers. */
@Module({
  imports: [RegistryModule],
  controllers: [CompareController],
  providers: [CompareService, MeasurementRepository],
  exports: [MeasurementRepository],
})
export class ComparisonModule {}
