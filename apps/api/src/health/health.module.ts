import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module';
import { ServingModule } from '../serving/serving.module';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';

@Module({
  imports: [LimitsModule, ServingModule],
  controllers: [HealthController],
  providers: [HealthService],
  exports: [HealthService],
})
export class HealthModule {}
