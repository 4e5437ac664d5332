import type { Engine } from '@coatrack/kernels';
import { BeforeApplicationShutdown, DynamicModule, Module } from '@nestjs/common';
import { join } from 'node:path';
import { ComparisonModule } from './comparison/comparison.module';
import { type Config, CONFIG } from './config';
import { DatasetsModule } from './datasets/datasets.module';
import { jobDefinitions } from './job-definitions';
import { jobTiming } from './jobs/heartbeat';
import { JobDefinitions } from './jobs/job-definition';
import { JobRepository } from './jobs/job-repository';
import { JobSweep } from './jobs/job-sweep';
import { JobRunner } from './jobs/job-runner';
import { ENGINE, JOB_WORKS, type JobWork, type JobWorks } from './jobs/job-work';
import { JobTypesModule } from './jobs/jobs.module';
import { Reaper } from './jobs/reaper';
import { WorkerRegister } from './jobs/worker-register';
import { BlobStore } from './platform/blobs/blob-store';
import { PlatformModule, type Environment } from './platform/platform.module';
import { JobQueue } from './platform/queue/job-queue';
import { QueueModule } from './platform/queue/queue.module';
import { RegistryModule } from './registry/registry.module';
import { PublishersModule } from './registry/publishers/publishers.module';

/** The worker process, which takes jobs from the queue one at a time. */
@Module({})
export class WorkerModule implements BeforeApplicationShutdown {
  constructor(
    private readonly runner: JobRunner,
    private readonly reaper: Reaper,
    private readonly queue: JobQueue,
    private readonly workers: WorkerRegister,
  ) {}

  static async forRoot(environment: Environment, engine: Engine): Promise<DynamicModule> {
    const { config } = environment;
    const works = await Promise.all(jobDefinitions.map(({ work }) => work()));
    return {
      module: WorkerModule,
      imports: [
        PlatformModule.forRoot(environment),
        QueueModule.forRoot(config),
        JobTypesModule.forRoot(jobDefinitions),
        DatasetsModule,
        RegistryModule,
        PublishersModule,
        ComparisonModule,
      ],
      providers: [
        { provide: ENGINE, useValue: engine },
        ...works,
        {
          provide: JOB_WORKS,
          useFactory: (...made: JobWork[]): JobWorks =>
            new Map(jobDefinitions.map(({ type }, index) => [type, made[index]!])),
          inject: works,
        },
        {
          provide: WorkerRegister,
          useValue: new WorkerRegister(join(config.dataFolder, 'workers')),
        },
        {
          provide: JobRunner,
          useFactory: (
            jobs: JobRepository,
            blobs: BlobStore,
            definitions: JobDefinitions,
            works: JobWorks,
            queue: JobQueue,
            config: Config,
            workers: WorkerRegister,
          ) =>
            new JobRunner({ jobs, blobs }, definitions, works, queue, {
              connectionString: config.databaseUrl,
              worker: workers.id,
              timing: jobTiming(config.jobStaleSeconds),
            }),
          inject: [
            JobRepository,
            BlobStore,
            JobDefinitions,
            JOB_WORKS,
            JobQueue,
            CONFIG,
            WorkerRegister,
          ],
        },
        {
          provide: Reaper,
          useFactory: (
            jobs: JobRepository,
            sweep: JobSweep,
            queue: JobQueue,
            config: Config,
            workers: WorkerRegister,
          ) => new Reaper(jobs, sweep, queue, jobTiming(config.jobStaleSeconds), workers),
          inject: [JobRepository, JobSweep, JobQueue, CONFIG, WorkerRegister],
        },
      ],
    };
  }

  async start(): Promise<void> {
    await this.workers.enter();
    await this.reaper.start();
    await this.queue.consume((jobId) => this.runner.run(jobId));
  }

  /** Returns the job in progress to the queue before the queue closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.reaper.stop();
    this.runner.shutDown();
    await this.queue.stop();
    await this.workers.leave();
  }
}
