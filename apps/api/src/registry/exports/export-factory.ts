import {
  findArchitecture,
  openSafetensors,
  type Precision,
  type WeightsSource,
  type WriteGuard,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { BlobStore } from '../../platform/blobs/blob-store';
import { DatasetsService } from '../../datasets/datasets.service';
import { DomainError } from '../../platform/errors/domain-error';
import type { Progress } from '../../jobs/phased-work';
import type { VersionRecord } from '../models/model';
import type { ExportFormat, Verification } from './export-record';
import { comparisonImagesFor } from './comparison-images';
import { exporterOf } from './formats';
import { openClassifier } from './formats/classifier-network';
import type { Exporter, Exporting } from './formats/exporter';
import { runImages, ExportDiffersError, compareLogits } from './verify';

export interface MadeExport {
  path: string;
  fileName: string;
  verification: Verification;
}

interface ExportOrder {
  format: ExportFormat;
  precision: Precision;
  /** An empty folder for all files. */
  folder: string;
  guard: WriteGuard;
}

/** Called with the progress; an error ends the export. */
export type Report = (progress: Progress) => Promise<void>;

/** Typical share of the writing in the whole export. */
const writingShare = 0.6;

/** Writes versions in other formats and returns only exports that compute the same. */
@Injectable()
export class ExportFactory {
  constructor(
    private readonly blobStore: BlobStore,
    private readonly datasets: DatasetsService,
  ) {}

  /**
   * @throws DomainError EXPORT_IMPOSSIBLE when the format cannot represent the version
   * @throws ExportDiffersError when it does not compute the same numbers
   */
  async make(version: VersionRecord, order: ExportOrder, report: Report): Promise<MadeExport> {
    const { format, ...rest } = order;
    const exporter = exporterOf(format);
    const architecture = findArchitecture(version.architecture);
    const weights = await openSafetensors(await this.blobStore.path(version.blob));
    try {
      const exporting: Exporting = { ...rest, version, architecture, weights };
      await write(exporter, exporting, report);
      const verification = await this.verify(exporter, exporting, report);
      const suffix = order.precision === 'fp32' ? '' : `-${order.precision}`;
      const fileName = `${version.model}-${version.version}${suffix}${exporter.extension}`;
      return { path: await exporter.pack(exporting), fileName, verification };
    } finally {
      await weights.close();
    }
  }

  /** Runs source and export one after the other, so that only one of them is in memory. */
  private async verify(
    exporter: Exporter,
    exporting: Exporting,
    report: Report,
  ): Promise<Verification> {
    const { architecture, weights, version, precision } = exporting;
    const { from, pixels } = await comparisonImagesFor(version, this.datasets);
    const reportFrom = (before: number) => (done: number) => {
      const total = 2 * pixels.length;
      const share = (before + done) / total;
      const progress = writingShare + (1 - writingShare) * share;
      return report({ phase: 'Verifying', done: before + done, total, unit: 'images', progress });
    };
    const source = await openClassifier(architecture, weights, version);
    const expected = await runImages(source, pixels, reportFrom(0));
    const exported = await exporter.open(exporting);
    const found = await runImages(exported, pixels, reportFrom(pixels.length));
    const compared = compareLogits(expected, found, precision);
    const { runtime } = exported;
    if (!(compared.maxDifference <= compared.tolerance)) {
      throw new ExportDiffersError({ runtime, ...compared });
    }
    return { runtime, images: pixels.length, imagesFrom: from, ...compared };
  }
}

async function write(exporter: Exporter, exporting: Exporting, report: Report): Promise<void> {
  const weights = reportReads(exporting.weights, (done, total) =>
    report({
      phase: 'Writing',
      done,
      total,
      unit: 'tensors',
      progress: (writingShare * done) / total,
    }),
  );
  try {
    await exporter.write({ ...exporting, weights });
  } catch (error) {
    // Exporters throw a RangeError if the format cannot represent the weights.
    if (!(error instanceof RangeError)) throw error;
    throw new DomainError('EXPORT_IMPOSSIBLE', `The version cannot be exported: ${error.message}`);
  }
}

/** Wraps weights to report how many of their tensors have been read. */
function reportReads(
  weights: WeightsSource,
  report: (done: number, total: number) => Promise<void>,
): WeightsSource {
  const total = weights.tensors.size;
  let done = 0;
  return {
    ...weights,
    async read(name) {
      await report(Math.min(++done, total), total);
      return weights.read(name);
    },
  };
}
