import { Module, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { ModelsModule } from '../models/models.module';
import { createExecutor } from './create-executor';
import { Executor } from './executor';
import { PredictController } from './predict.controller';
import { PredictService } from './predict.service';

@Module({
  imports: [ModelsModule],
  controllers: [PredictController],
  providers: [
    PredictService,
    {
      provide: Executor,
      useFactory: (config: Config) => createExecutor(config),
      inject: [CONFIG],
    },
  ],
})
export class InferenceModule implements OnApplicationShutdown {
  constructor(private readonly executor: Executor) {}

  async onApplicationShutdown(): Promise<void> {
    await this.executor.close();
  }
}
