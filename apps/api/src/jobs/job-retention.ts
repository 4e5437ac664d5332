import {
  Inject,
  Injectable,
  Logger,
  OnApplicationBootstrap,
  OnModuleDestroy,
} from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { JobRepository } from './job-repository';
import { JobSweep } from './job-sweep';

const hourMs = 3_600_000;

/** Deletes jobs the configured number of days after they have ended. */
@Injectable()
export class JobRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Jobs');
  private timer?: NodeJS.Timeout;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly jobs: JobRepository,
    private readonly sweep: JobSweep,
  ) {}

  onApplicationBootstrap(): void {
    const { jobRetentionDays } = this.config;
    if (jobRetentionDays === undefined) return;
    void this.clean(jobRetentionDays);
    this.timer = setInterval(() => void this.clean(jobRetentionDays), hourMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async clean(days: number): Promise<void> {
    try {
      for (const id of await this.sweep.findEnded(days)) await this.jobs.delete(id);
    } catch (error) {
      this.logger.warn(`Old jobs could not be deleted: ${(error as Error).message}`);
    }
  }
}
