import { Module } from '@nestjs/common';
import { JobLedger } from './job-ledger';
import { JobStore } from './job-store';
import { PostgresJobStore } from './postgres-job-store';

/** Jobs' rows, for the HTTP process and the workers alike. */
@Module({
  providers: [{ provide: JobStore, useClass: PostgresJobStore }, JobLedger],
  exports: [JobStore, JobLedger],
})
export class JobStoreModule {}
