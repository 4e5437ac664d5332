import type { Engine } from '@coatrack/kernels';
import { BeforeApplicationShutdown, DynamicModule, Module } from '@nestjs/common';
import { join } from 'node:path';
import { MeasurementsModule } from './comparison/measurements.module';
import type { Config } from './config';
import { ArtifactsModule } from './registry/exports/artifacts.module';
import { BlobStore } from './platform/blobs/blob-store';
import { CONFIG, CoreModule, type Environment } from './platform/platform.module';
import { DatasetsModule } from './datasets/datasets.module';
import { Benchmark } from './comparison/benchmark';
import { Export } from './registry/exports/export';
import { HubModule } from './registry/publishers/hub.module';
import { FineTune } from './training/fine-tune';
import { Import } from './registry/import/import';
import { JobLedger } from './jobs/job-ledger';
import { JobRunner } from './jobs/job-runner';
import { JobStore } from './jobs/job-store';
import { JobStoreModule } from './jobs/job-store.module';
import { jobTiming } from './jobs/job-timing';
import { ENGINE, JOB_WORKS, type JobWorks } from './jobs/job-work';
import { Reaper } from './jobs/reaper';
import { WorkerRegister } from './jobs/worker-register';
import { ModelsModule } from './registry/models/models.module';
import { JobQueue } from './platform/queue/job-queue';
import { QueueModule } from './platform/queue/queue.module';

/** The worker process: takes jobs from the queue, one at a time. */
@Module({})
export class WorkerModule implements BeforeApplicationShutdown {
  constructor(
    private readonly runner: JobRunner,
    private readonly reaper: Reaper,
    private readonly queue: JobQueue,
    private readonly workers: WorkerRegister,
  ) {}

  static forRoot(environment: Environment, engine: Engine): DynamicModule {
    const { config } = environment;
    return {
      module: WorkerModule,
      imports: [
        CoreModule.forRoot(environment),
        QueueModule.forRoot(config),
        JobStoreModule,
        DatasetsModule,
        ModelsModule,
        ArtifactsModule,
        HubModule,
        MeasurementsModule,
      ],
      providers: [
        { provide: ENGINE, useValue: engine },
        FineTune,
        Export,
        Import,
        Benchmark,
        {
          provide: JOB_WORKS,
          useFactory: (
            fineTune: FineTune,
            exporting: Export,
            importing: Import,
            benchmark: Benchmark,
          ): JobWorks => ({
            'fine-tune': fineTune,
            export: exporting,
            import: importing,
            benchmark,
          }),
          inject: [FineTune, Export, Import, Benchmark],
        },
        {
          provide: WorkerRegister,
          useValue: new WorkerRegister(join(config.dataFolder, 'workers')),
        },
        {
          provide: JobRunner,
          useFactory: (
            ledger: JobLedger,
            blobs: BlobStore,
            works: JobWorks,
            queue: JobQueue,
            config: Config,
            workers: WorkerRegister,
          ) =>
            new JobRunner({ ledger, blobs }, works, queue, {
              connectionString: config.databaseUrl,
              worker: workers.id,
              timing: jobTiming(config.jobStaleSeconds),
            }),
          inject: [JobLedger, BlobStore, JOB_WORKS, JobQueue, CONFIG, WorkerRegister],
        },
        {
          provide: Reaper,
          useFactory: (
            store: JobStore,
            ledger: JobLedger,
            queue: JobQueue,
            config: Config,
            workers: WorkerRegister,
          ) => new Reaper({ store, ledger }, queue, jobTiming(config.jobStaleSeconds), workers),
          inject: [JobStore, JobLedger, JobQueue, CONFIG, WorkerRegister],
        },
      ],
    };
  }

  async start(): Promise<void> {
    await this.workers.enter();
    await this.reaper.start();
    await this.queue.consume((jobId) => this.runner.run(jobId));
  }

  /** The job in progress goes back into the queue before the queue closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.reaper.stop();
    this.runner.shutDown();
    await this.queue.stop();
    await this.workers.leave();
  }
}
