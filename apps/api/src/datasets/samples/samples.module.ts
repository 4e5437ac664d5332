import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets.module';
import { SamplesController } from './samples.controller';
import { SamplesService } from './samples.service';

@Module({
  imports: [DatasetsModule],
  controllers: [SamplesController],
  providers: [SamplesService],
})
export class SamplesModule {}
