import { Module } from '@nestjs/common';
import { LimitsModule } from '../../../platform/limits/limits.module';
import { ServingModule } from '../../serving.module';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';

@Module({
  imports: [LimitsModule, ServingModule],
  controllers: [HealthController],
  providers: [HealthService],
  exports: [HealthService],
})
export class HealthModule {}
