import { Injectable } from '@nestjs/common';
import { BlobStore, type StagedBlob } from '../../platform/blobs/blob-store';
import { CatalogueWeights } from '../publishers/catalogue-weights';
import { type FoundWeights, HubWeights } from '../publishers/hub-weights';
import { ModelRegistry } from '../models/model-registry';
import { type ImportedWeights, WeightsImporter } from './weights-importer';
import { JobWork, type Run } from '../../jobs/job-work';
import { progressReporter } from '../../jobs/phased-work';
import type { ImportJob, ImportRequest, ImportShape } from './import.job';

/** Estimated share of the download in an import. */
const downloadShare = 0.9;

/** Downloads published weights and stores them as a model's next version. */
@Injectable()
export class Import extends JobWork<ImportShape> {
  constructor(
    private readonly hubWeights: HubWeights,
    private readonly catalogueWeights: CatalogueWeights,
    private readonly importer: WeightsImporter,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
  ) {
    super();
  }

  describe({ request }: ImportJob): string {
    return `imports ${request.hub ?? request.checkpoint}`;
  }

  async perform(run: Run<ImportShape>): Promise<void> {
    const { signal } = run;
    const report = progressReporter(run);
    const found = await this.find(run.job.request, signal);
    const files = await found.download({
      signal,
      onProgress: (done, total) =>
        report({
          phase: 'downloading',
          unit: 'bytes',
          done,
          total,
          progress: downloadShare * (done / Math.max(1, total)),
        }),
    });
    const imported = await this.convert(run, found, files);
    try {
      await this.finish(run, found, files[0]!, imported);
    } finally {
      const isDownload = files.some(({ path }) => path === imported.weights.path);
      if (!isDownload) await this.blobStore.discard(imported.weights);
    }
    // Downloads are kept until here, so that another attempt need not repeat them.
    for (const file of files) await this.blobStore.discard(file);
  }

  private find(request: ImportRequest, signal: AbortSignal): Promise<FoundWeights> {
    return request.hub === null
      ? this.catalogueWeights.find(request.checkpoint, signal)
      : this.hubWeights.find(request, signal);
  }

  private convert(
    { job, signal }: Run<ImportShape>,
    { architecture, labels, preprocessing, what }: FoundWeights,
    files: (StagedBlob & { name: string })[],
  ): Promise<ImportedWeights> {
    const { request } = job;
    const given = request.labels ?? (request.replaceHead ? null : labels);
    return this.importer.import({
      files,
      what,
      architecture,
      preprocessing,
      replaceHead: request.replaceHead,
      ...(given ? { labels: given } : {}),
      onTensor: () => signal.throwIfAborted(),
    });
  }

  private async finish(
    run: Run<ImportShape>,
    found: FoundWeights,
    file: StagedBlob,
    { weights, architecture, labels, preprocessing, notes }: ImportedWeights,
  ): Promise<void> {
    const { job } = run;
    const { request } = job;
    await run.finish(async () => {
      const { model, version } = await this.registry.createVersionFromFile({
        model: job.name,
        architecture: architecture.name,
        labels,
        preprocessing,
        notes: [...found.notes, ...notes],
        licence: request.licence ?? found.licence,
        intendedUse: request.intendedUse,
        source: found.sourceOf(file),
        // The stated accuracy applies to the published classifier, not to a new one.
        accuracy: request.replaceHead ? {} : found.accuracy,
        job: job.id,
        weights,
        ...(request.description === null ? {} : { description: request.description }),
      });
      return { result: { model, version } };
    });
  }
}
