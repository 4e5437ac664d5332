import type { Engine } from '@coatrack/kernels';
import { type Classifier, findArchitecture, openSafetensors } from '@coatrack/models';
import {
  evaluated,
  type Features,
  findSuspects,
  fitRidge,
  neighbourhood,
  requireInferenceMemory,
  requireProbeMemory,
  rowsOf,
} from '@coatrack/training';
import { Inject, Injectable } from '@nestjs/common';
import { DatasetsService, type OpenImageSet } from '../datasets/datasets.service';
import { ENGINE, JobWork, type Run } from '../jobs/job-work';
import { type Progress, progressReporter } from '../jobs/phased-work';
import { availableMemory } from '../platform/available-memory';
import { BlobStore } from '../platform/blobs/blob-store';
import { loadClassifier } from '../registry/exports/formats/classifier-network';
import { VersionFeatures } from '../registry/features/version-features';
import type { VersionRecord } from '../registry/models/model';
import { ModelRegistry } from '../registry/models/model-registry';
import {
  mostRows,
  type ReportedImage,
  type ReportJob,
  type ReportResult,
  type ReportShape,
} from './report.job';

/** Number of nearest images over which an image's similarity is averaged. */
const nearest = 5;

/** Shares of the whole job's progress at which its parts end. */
const featuresEnd = 0.8;
const fitEnd = 0.9;

/** Thrown when a report on the dataset is impossible. */
class ReportError extends Error {
  readonly code = 'REPORT_IMPOSSIBLE';
}

/** Reports anomalies of a dataset, by the features of a version's network. */
@Injectable()
export class Report extends JobWork<ReportShape> {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    private readonly features: VersionFeatures,
    @Inject(ENGINE) private readonly engine: Engine,
  ) {
    super();
  }

  describe({ request: { version, dataset } }: ReportJob): string {
    return `reports on ${dataset.name} by the features of ${version.model}:${version.version}`;
  }

  async perform(run: Run<ReportShape>): Promise<void> {
    const { version: which, dataset } = run.job.request;
    const { version, images } = await run.read(async () => ({
      version: await this.registry.resolve(which.model, which),
      images: await this.datasets.openImages(dataset.id),
    }));
    try {
      const result = await this.report(run, version, images);
      await run.finish(async () => ({ result }));
    } finally {
      await images.close();
    }
  }

  private async report(
    run: Run<ReportShape>,
    version: VersionRecord,
    images: OpenImageSet,
  ): Promise<ReportResult> {
    const started = performance.now();
    const { signal } = run;
    const { dataset, similarity } = run.job.request;
    const report = progressReporter(run);
    const features = await this.read(run, version, images, report);
    const unreadable = new Set(features.unreadable.map(({ image }) => image));
    const used = images.labels.flatMap((_, index) => (unreadable.has(index) ? [] : [index]));
    if (used.length < 2) throw new ReportError('Fewer than two of the images can be read.');
    const rows = rowsOf(features, used);
    const labels = used.map((index) => images.labels[index]!);
    const total = used.length;
    const unit = 'images';
    await report({ phase: 'Fitting', done: 0, total, unit, progress: featuresEnd });
    const { classes } = images;
    const { leftOut } = await fitRidge({ features: rows, labels, classes: classes.length, signal });
    const { top1, loss } = evaluated(leftOut, labels);
    const suspects = findSuspects(leftOut, labels);
    const { pairs, pairCount, nearness } = await neighbourhood(rows, {
      threshold: similarity,
      mostPairs: mostRows.duplicates,
      nearest,
      signal,
      onProgress: (done) => {
        const progress = fitEnd + (1 - fitEnd) * (done / total);
        return report({ phase: 'Comparing', done, total, unit, progress });
      },
    });
    const imageAt = (row: number) => reportedImage(images, used[row]!);
    const loneliest = used.map((_, row) => row).sort((a, b) => nearness[a]! - nearness[b]!);
    return {
      images: total,
      skipped: unreadable.size,
      top1,
      loss,
      seen: version.dataset?.id === dataset.id,
      suspectCount: suspects.length,
      duplicateCount: pairCount,
      seconds: (performance.now() - started) / 1000,
      suspects: suspects.slice(0, mostRows.suspects).map(({ image, suggested, own, other }) => ({
        image: imageAt(image),
        suggested: classes[suggested]!,
        own,
        other,
      })),
      outliers: loneliest
        .slice(0, mostRows.outliers)
        .map((row) => ({ image: imageAt(row), nearness: nearness[row]! })),
      duplicates: pairs.map(({ a, b, similarity }) => ({
        a: imageAt(a),
        b: imageAt(b),
        similarity,
        sameBytes: originalOf(images, used[a]!) === originalOf(images, used[b]!),
      })),
    };
  }

  private async read(
    run: Run<ReportShape>,
    version: VersionRecord,
    images: OpenImageSet,
    report: (progress: Progress) => Promise<void>,
  ): Promise<Features> {
    const { batchSize } = run.job.request;
    const { preprocessing, labels } = version;
    const { imageSize } = preprocessing;
    const architecture = findArchitecture(version.architecture);
    const total = images.labels.length;
    const planned = { architecture, imageSize };
    const available = await availableMemory();
    requireProbeMemory({ ...planned, classes: images.classes.length, images: total }, available);
    if (this.engine.device === 'cpu') {
      requireInferenceMemory({ ...planned, classes: labels.length, batchSize }, available);
    }
    let classifier: Classifier | undefined;
    const open = async () => {
      const weights = await openSafetensors(await this.blobStore.path(version.blob));
      try {
        return (classifier = await loadClassifier(architecture, weights, version));
      } finally {
        await weights.close();
      }
    };
    const asked = {
      images,
      architecture,
      weights: version.blob,
      preprocessing,
      precision: 'fp32',
      batchSize,
      open,
    } as const;
    try {
      return await this.features.read(asked, run.signal, (done) => {
        const progress = featuresEnd * (done / total);
        return report({ phase: 'Computing features', done, total, unit: 'images', progress });
      });
    } finally {
      classifier?.dispose();
    }
  }
}

function reportedImage(images: OpenImageSet, index: number): ReportedImage {
  return {
    index,
    name: images.names[index]!,
    class: images.classes[images.labels[index]!]!,
    split: images.splits?.[index] ?? null,
  };
}

/** Returns the first image with the same bytes. */
function originalOf({ copyOf }: OpenImageSet, index: number): number {
  return copyOf?.[index] ?? index;
}
