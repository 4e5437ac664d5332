import { cost, findArchitecture } from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../errors/invalid-request';
import type { ProblemDetail } from '../errors/domain-error';
import { findVersion } from '../jobs/job-lookups';
import { JobStore } from '../jobs/job-store';
import type { ModelSelector } from '../models/model-reference';
import type { VersionRecord } from '../models/model';
import { ModelRegistry } from '../models/model-registry';
import { compareLimit, type Comparison } from './compare.dto';
import { type Measurement, MeasurementStore } from './measurement';

@Injectable()
export class CompareService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly measurements: MeasurementStore,
    private readonly jobs: JobStore,
  ) {}

  /**
   * @param references with commas between; left out: the versions that were measured last
   * @throws DomainError INVALID_REQUEST naming all that are none
   */
  async compare(references?: string): Promise<Comparison[]> {
    const versions = references === undefined ? await this.measured() : await this.find(references);
    return Promise.all(versions.map((version) => this.describe(version)));
  }

  private async measured(): Promise<VersionRecord[]> {
    const measured = await this.measurements.measuredVersions(compareLimit);
    const found = await Promise.allSettled(
      measured.map(({ model, version }) => this.registry.resolve(model, { version })),
    );
    // One that was deleted in this moment is left out.
    return found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  private async find(references: string): Promise<VersionRecord[]> {
    const words = references.split(',').map((word) => word.trim());
    const problems: ProblemDetail[] = [];
    if (words.length > compareLimit) {
      problems.push({ where: 'versions', message: `must be ${compareLimit} at most` });
      throw invalidRequest(problems);
    }
    const lookups = {
      findVersion: ({ model, ...which }: ModelSelector) => this.registry.resolve(model, which),
    };
    const found: VersionRecord[] = [];
    for (const [index, word] of words.entries()) {
      const version = await findVersion(word, lookups, problems, `versions.${index}`);
      if (version && !found.some(({ id }) => id === version.id)) found.push(version);
    }
    if (problems.length > 0) throw invalidRequest(problems);
    return found;
  }

  private async describe(record: VersionRecord): Promise<Comparison> {
    const { model, version, architecture, preprocessing, labels, dataset } = record;
    const { imageSize } = preprocessing;
    const { macs } = cost(findArchitecture(architecture), { imageSize, classes: labels.length });
    const [measurements, trainingSeconds] = await Promise.all([
      this.measurements.latest(model, version),
      this.trainingSeconds(record),
    ]);
    return {
      ...{ model, version, architecture, imageSize, macs, trainingSeconds },
      dataset: dataset?.name ?? null,
      accuracy: record.accuracy,
      parameters: record.parameters,
      measurements: measurements.map(present),
    };
  }

  private async trainingSeconds({ job: id }: VersionRecord): Promise<number | null> {
    const job = id === null ? null : await this.jobs.find(id);
    if (job?.type !== 'fine-tune' || !job.startedAt || !job.finishedAt) return null;
    return (job.finishedAt.getTime() - job.startedAt.getTime()) / 1000;
  }
}

function present(measurement: Measurement): Comparison['measurements'][number] {
  const { job, executor, imageSize, batchSize, instances, latency } = measurement;
  const { throughput, runs, memoryBytes, hardware, createdAt } = measurement;
  return {
    ...{ job, executor, imageSize, batchSize, instances, latency },
    ...{ throughput, runs, memoryBytes, hardware, createdAt: createdAt.toISOString() },
  };
}
