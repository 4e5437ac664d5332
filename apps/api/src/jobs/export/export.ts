import { mkdir, rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import type { Artifact } from '../../artifacts/artifact';
import { ArtifactFactory, type MadeArtifact } from '../../artifacts/artifact-factory';
import { ArtifactsService } from '../../artifacts/artifacts.service';
import { BlobStore } from '../../blobs/blob-store';
import { ModelRegistry } from '../../models/model-registry';
import { requireClaim, stopJob, succeedJob } from '../job';
import { JobLedger } from '../job-ledger';
import { JobWork, type Run } from '../job-work';
import { progressReporter } from '../work-progress';
import type { ExportJob } from './export-job';

/** Writes a version in another format, checks it against the source, and keeps it as an artifact. */
@Injectable()
export class Export extends JobWork<'export'> {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly factory: ArtifactFactory,
    private readonly artifacts: ArtifactsService,
    private readonly ledger: JobLedger,
    private readonly blobStore: BlobStore,
  ) {
    super();
  }

  describe({ request: { version, format, precision } }: ExportJob): string {
    return `exports version ${version.version} as ${format}, ${precision}`;
  }

  async perform(run: Run<'export'>): Promise<void> {
    const { version: which, format, precision } = run.job.request;
    const version = await this.registry.resolve(which.model, which);
    const folder = await this.blobStore.temporaryPath();
    await mkdir(folder);
    try {
      const report = progressReporter(run);
      const made = await this.factory.make(version, { format, precision, folder }, async (told) => {
        run.signal.throwIfAborted();
        await report(told);
        run.signal.throwIfAborted();
      });
      await this.finish(run, made);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The artifact and the job's end are one transaction: a job makes one artifact or none. */
  private async finish({ job, claim }: Run<'export'>, made: MadeArtifact): Promise<void> {
    const { version, format, precision } = job.request;
    const { path, fileName, verification } = made;
    const staged = await this.blobStore.stageFile(path);
    await this.ledger.change<'export'>(job.id, async (current, now) => {
      requireClaim(current, claim);
      // Asked for after the last check: the person who was told so must not find an artifact.
      if (current.cancelRequestedAt) return stopJob(current, claim, now);
      const described: Omit<Artifact, 'id' | 'createdAt' | 'blob' | 'bytes'> = {
        ...{ job: job.id, ...version, format, precision, fileName, verification },
      };
      const { id } = await this.artifacts.keep(described, staged);
      return succeedJob(current, claim, { result: { ...version, artifact: id } }, now);
    });
  }
}
