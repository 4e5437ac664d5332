import { cost, findArchitecture } from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { MeasurementRepository } from './measurement-repository';
import type { Moment } from '../platform/lists/newest-first';
import { invalidRequest } from '../platform/errors/invalid-request';
import type { ProblemDetail } from '../platform/errors/domain-error';
import type { Page, PageQuery } from '../platform/lists/page';
import { findVersion, ModelRegistry } from '../registry/models/model-registry';
import type { VersionSummary } from '../registry/models/model';
import { compareLimit, type CompareQuery, type Comparison } from './compare.dto';
import type { Measurement } from './measurement';

@Injectable()
export class CompareService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly measurements: MeasurementRepository,
  ) {}

  /**
   * Compares the versions that the query names, or returns a page of the most recently measured ones.
   * @throws DomainError INVALID_REQUEST naming all versions that do not exist
   */
  async compare({ versions: references, ...page }: CompareQuery): Promise<Page<Comparison>> {
    const { items, next } =
      references === undefined
        ? await this.measured(page)
        : { items: await this.find(references), next: null };
    return { items: await Promise.all(items.map((version) => this.describe(version))), next };
  }

  private async measured(page: PageQuery<Moment>): Promise<Page<VersionSummary>> {
    const { items, next } = await this.measurements.measuredVersions(page);
    const found = await Promise.allSettled(
      items.map(({ model, version }) => this.registry.summary(model, { version })),
    );
    // A version that has just been deleted is skipped.
    return {
      items: found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
      next,
    };
  }

  private async find(references: string): Promise<VersionSummary[]> {
    const words = references.split(',').map((word) => word.trim());
    const problems: ProblemDetail[] = [];
    if (words.length > compareLimit) {
      problems.push({ where: 'versions', message: `must name at most ${compareLimit} versions` });
      throw invalidRequest(problems);
    }
    const summaries: Parameters<typeof findVersion<VersionSummary>>[1] = {
      resolve: (model, which) => this.registry.summary(model, which),
    };
    const found: VersionSummary[] = [];
    for (const [index, word] of words.entries()) {
      const version = await findVersion(word, summaries, problems, `versions.${index}`);
      if (version && !found.some(({ id }) => id === version.id)) found.push(version);
    }
    if (problems.length > 0) throw invalidRequest(problems);
    return found;
  }

  private async describe(record: VersionSummary): Promise<Comparison> {
    const { model, version, architecture, preprocessing, classCount, dataset } = record;
    const { imageSize } = preprocessing;
    const { macs } = cost(findArchitecture(architecture), { imageSize, classes: classCount });
    const measurements = await this.measurements.latest(model, version);
    return {
      model,
      version,
      architecture,
      imageSize,
      macs,
      trainingSeconds: record.trainingSeconds,
      dataset: dataset?.name ?? null,
      accuracy: record.accuracy,
      parameters: record.parameters,
      measurements: measurements.map(present),
    };
  }
}

function present(measurement: Measurement): Comparison['measurements'][number] {
  const { job, executor, imageSize, batchSize, instances, latency } = measurement;
  const { throughput, runs, memoryBytes, hardware, createdAt } = measurement;
  return {
    job,
    executor,
    imageSize,
    batchSize,
    instances,
    latency,
    throughput,
    runs,
    memoryBytes,
    hardware,
    createdAt: createdAt.toISOString(),
  };
}
