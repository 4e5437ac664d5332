import { mkdir, rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { ExportFactory, type MadeExport } from './export-factory';
import { ExportsService } from './exports.service';
import { BlobStore } from '../../platform/blobs/blob-store';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { ModelRegistry } from '../models/model-registry';
import { JobWork, type Run } from '../../jobs/job-work';
import { progressReporter } from '../../jobs/phased-work';
import type { ExportJob, ExportShape } from './export.job';

/** Writes a version in another format, checks it against the source and stores it as an artifact. */
@Injectable()
export class Export extends JobWork<ExportShape> {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly factory: ExportFactory,
    private readonly artifacts: ExportsService,
    private readonly blobStore: BlobStore,
    private readonly reserve: DiskReserve,
  ) {
    super();
  }

  describe({ request: { version, format, precision } }: ExportJob): string {
    return `exports version ${version.version} as ${format}, ${precision}`;
  }

  async perform(run: Run<ExportShape>): Promise<void> {
    const { version: which, format, precision } = run.job.request;
    const version = await run.read(() => this.registry.resolve(which.model, which));
    const folder = await this.blobStore.temporaryPath();
    await mkdir(folder);
    try {
      const report = progressReporter(run);
      const order = { format, precision, folder, guard: this.reserve.writeGuard() };
      const made = await this.factory.make(version, order, async (told) => {
        run.signal.throwIfAborted();
        await report(told);
        run.signal.throwIfAborted();
      });
      await this.finish(run, made);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async finish(run: Run<ExportShape>, made: MadeExport): Promise<void> {
    const { id: job, request } = run.job;
    const { version, format, precision } = request;
    const { path, fileName, verification } = made;
    const staged = await this.blobStore.stageFile(path);
    await run.finish(async () => {
      const described = { job, ...version, format, precision, fileName, verification };
      const { id } = await this.artifacts.keep(described, staged);
      return { result: { ...version, artifact: id } };
    });
  }
}
