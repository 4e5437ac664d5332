import { Module } from '@nestjs/common';
import { ServingModule } from '../serving/serving.module';
import { HealthController } from './health.controller';
import { HealthService } from './health.service';

@Module({
  imports: [ServingModule],
  controllers: [HealthController],
  providers: [HealthService],
})
export class HealthModule {}
