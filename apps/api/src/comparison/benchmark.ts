import { randomUUID } from 'node:crypto';
import { findArchitecture } from '@coatrack/models';
import { NotEnoughMemoryError, requireInferenceMemory } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { MeasurementRepository } from './measurement-repository';
import { describeHardware, type Measurement } from './measurement';
import { measureVersion, MeasuringError } from './measure-version';
import { BlobStore } from '../platform/blobs/blob-store';
import { DomainError } from '../platform/errors/domain-error';
import { servableModel } from '../serving/engines/executor';
import type { VersionReference } from '../registry/models/model';
import { ModelRegistry } from '../registry/models/model-registry';
import { availableMemory } from '../platform/available-memory';
import { JobWork, type Run } from '../jobs/job-work';
import { progressReporter } from '../jobs/phased-work';
import type { BenchmarkFailure, BenchmarkJob, BenchmarkShape } from './benchmark.job';

interface Subject extends VersionReference {
  imageSize: number;
}

/** Thrown when no version of a benchmark could be measured. */
class BenchmarkImpossible extends Error {
  readonly code = 'NOTHING_MEASURED';
}

/** Errors that skip a version while the others are measured. */
const expected = [MeasuringError, NotEnoughMemoryError, DomainError];

/** Measures versions one after the other, each as it would be served. */
@Injectable()
export class Benchmark extends JobWork<BenchmarkShape> {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    private readonly measurements: MeasurementRepository,
  ) {
    super();
  }

  describe({ request: { versions } }: BenchmarkJob): string {
    return `measures ${versions.map(nameOf).join(', ')}`;
  }

  async perform(run: Run<BenchmarkShape>): Promise<void> {
    const { versions, batchSizes } = run.job.request;
    const subjects = versions.flatMap(({ imageSizes, ...which }) =>
      imageSizes.map((imageSize) => ({ ...which, imageSize })),
    );
    const total = subjects.length * batchSizes.length;
    const report = progressReporter(run);
    const found: Measurement[] = [];
    const failures: BenchmarkFailure[] = [];
    const reasons: Error[] = [];
    for (const [index, subject] of subjects.entries()) {
      const tell = (ofThis: number) => {
        const done = index * batchSizes.length + ofThis;
        const phase = `Measuring ${nameOf(subject)} at ${subject.imageSize} px`;
        return report({ phase, done, total, unit: 'settings', progress: done / total });
      };
      await tell(0);
      try {
        let ofThis = 0;
        await this.measure(run, subject, (measurement) => {
          found.push(measurement);
          return tell(++ofThis);
        });
      } catch (error) {
        run.signal.throwIfAborted();
        if (!expected.some((kind) => error instanceof kind)) throw error;
        reasons.push(error as Error);
        failures.push({ ...subject, reason: (error as Error).message });
      }
    }
    if (found.length === 0) throw impossible(failures, reasons);
    await this.finish(run, found, failures);
  }

  private async measure(
    run: Run<BenchmarkShape>,
    subject: Subject,
    onMeasured: (measurement: Measurement) => Promise<void>,
  ): Promise<void> {
    const { job, signal } = run;
    const { batchSizes, secondsPerSetting: seconds } = job.request;
    const { model, version, imageSize } = subject;
    const hardware = describeHardware();
    const record = await run.read(() => this.registry.resolve(model, { version }));
    const preprocessing = { ...record.preprocessing, imageSize };
    const servable = await servableModel({ ...record, preprocessing }, this.blobStore);
    const batchSize = Math.max(...batchSizes);
    const architecture = findArchitecture(servable.architecture);
    // The measurement runs in a separate process next to this one.
    const available = (await availableMemory()) - process.memoryUsage.rss();
    requireInferenceMemory(
      { architecture, classes: servable.classes, imageSize, batchSize },
      available,
    );
    await measureVersion(
      { model: servable, batchSizes, seconds },
      {
        signal,
        onMeasured: (measured) =>
          onMeasured({
            id: randomUUID(),
            job: job.id,
            model,
            version,
            imageSize,
            ...measured,
            hardware,
            createdAt: new Date(),
          }),
      },
    );
  }

  /** Stores the measurements together with the job's success. */
  private async finish(
    run: Run<BenchmarkShape>,
    found: Measurement[],
    failures: BenchmarkFailure[],
  ): Promise<void> {
    await run.finish(async () => {
      await this.measurements.insert(found);
      return { result: { measured: found.length, failures } };
    });
  }
}

/** Returns the error of a benchmark without measurements: out of memory only if that was the cause for all. */
function impossible(failures: readonly BenchmarkFailure[], reasons: readonly Error[]): Error {
  const message = failures.map((failure) => `${nameOf(failure)}: ${failure.reason}`).join(' ');
  return reasons.every((reason) => reason instanceof NotEnoughMemoryError)
    ? new NotEnoughMemoryError(message)
    : new BenchmarkImpossible(message);
}

function nameOf({ model, version }: VersionReference): string {
  return `${model}:${version}`;
}
