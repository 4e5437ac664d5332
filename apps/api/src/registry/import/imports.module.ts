import { Module } from '@nestjs/common';
import { JobsModule } from '../../jobs/jobs.module';
import { ModelsModule } from '../models/models.module';
import { NewVersionController } from './new-version.controller';

@Module({ imports: [ModelsModule, JobsModule], controllers: [NewVersionController] })
export class ImportsModule {}
