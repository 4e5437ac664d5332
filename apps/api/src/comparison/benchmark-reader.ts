import { findArchitecture } from '@coatrack/models';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, parseOrFail } from '../platform/errors/invalid-request';
import { imageSizeProblem } from '../registry/import/checked-architecture';
import { findVersion, type FoundVersion, type JobLookups } from '../jobs/job-lookups';
import type { Fields } from '../jobs/job-request';
import type { NewJob } from '../jobs/job-types';
import { createBenchmarkSchema } from './benchmark.dto';
import type { BenchmarkSubject } from './benchmark-job';

/** @throws DomainError INVALID_REQUEST naming every problem */
export async function readBenchmark(
  fields: Fields,
  lookups: JobLookups,
): Promise<NewJob<'benchmark'>> {
  const { models, batchSizes, imageSizes, secondsPerSetting } = parseOrFail(
    createBenchmarkSchema,
    fields,
  );
  const problems: ProblemDetail[] = [];
  const versions: BenchmarkSubject[] = [];
  for (const [index, reference] of models.entries()) {
    const where = `models.${index}`;
    const found = await findVersion(reference, lookups, problems, where);
    if (!found) continue;
    const { model, version, preprocessing } = found;
    const named = versions.some((other) => other.model === model && other.version === version);
    if (named)
      problems.push({ where, message: `is ${model}:${version}, which stands there already` });
    problems.push(...sizeProblems(found, imageSizes ?? [], where));
    versions.push({ model, version, imageSizes: imageSizes ?? [preprocessing.imageSize] });
  }
  if (problems.length > 0) throw invalidRequest(problems);
  return {
    type: 'benchmark',
    name: versions.length === 1 ? versions[0]!.model : `${versions.length} versions`,
    request: { versions, batchSizes, secondsPerSetting },
  };
}

function sizeProblems(version: FoundVersion, sizes: number[], where: string): ProblemDetail[] {
  const { format, preprocessing, architecture } = version;
  return sizes.flatMap((size) => {
    if (format === 'onnx' && size !== preprocessing.imageSize) {
      return { where, message: `is an ONNX file, for ${preprocessing.imageSize} px alone` };
    }
    const message = imageSizeProblem(findArchitecture(architecture), size);
    return message === undefined ? [] : { where, message };
  });
}
