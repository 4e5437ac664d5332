import { findArchitecture } from '@coatrack/models';
import { z } from 'zod';
import type { Job } from '../jobs/job-record';
import { asks, type JobDefinition, shows } from '../jobs/job-definition';
import {
  phaseFields,
  type PhasedShape,
  type PhasedStatus,
  phasedWork,
  showsPhase,
} from '../jobs/phased-work';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, parseOrFail } from '../platform/errors/invalid-request';
import { imageSizeProblem } from '../registry/import/checked-architecture';
import type { VersionRecord } from '../registry/models/model';
import { versionReferenceSchema } from '../registry/models/model.dto';
import { findVersion, ModelRegistry } from '../registry/models/model-registry';

const sizes = (minimum: number, maximum: number) =>
  z
    .array(z.int().min(minimum).max(maximum))
    .min(1)
    .max(16)
    .refine((all) => new Set(all).size === all.length, 'must not name a size twice');

const createBenchmarkSchema = z
  .strictObject({
    type: z.literal('benchmark'),
    models: z
      .array(z.string())
      .min(1)
      .max(64)
      .describe('The versions to measure: `name` (its latest), `name:3` or `name@alias`'),
    batchSizes: sizes(1, 256).default([1, 8]).describe('Numbers of images per batch'),
    imageSizes: sizes(1, 4096)
      .optional()
      .describe("Sides of the images in pixels; default: each version's own"),
    secondsPerSetting: z
      .number()
      .min(0.1)
      .max(300)
      .default(3)
      .describe('Minimum time to measure each version at each image and batch size'),
  })
  .meta({
    example: {
      type: 'benchmark',
      models: ['pets-b0@production', 'pets-s:2'],
      batchSizes: [1, 8],
      secondsPerSetting: 3,
    },
  });

const requestFields = {
  versions: z.array(versionReferenceSchema.extend({ imageSizes: z.array(z.int()) })),
  batchSizes: z.array(z.int()),
  secondsPerSetting: z.number(),
};

const resultSchema = z.object({
  measured: z.int().describe('Number of measured settings; `GET /compare` returns the results'),
  failures: z.array(versionReferenceSchema.extend({ imageSize: z.int(), reason: z.string() })),
});

type BenchmarkRequest = z.output<z.ZodObject<typeof requestFields>>;
type BenchmarkResult = z.output<typeof resultSchema>;
export type BenchmarkShape = PhasedShape<BenchmarkRequest, BenchmarkResult>;
export type BenchmarkJob = Job<BenchmarkShape>;

/** A version that could not be measured at an image size. */
export type BenchmarkFailure = BenchmarkResult['failures'][number];

/** Measures the speed of versions as they would be served. */
export const benchmarkJob: JobDefinition<
  'benchmark',
  BenchmarkRequest,
  PhasedStatus,
  BenchmarkResult
> = {
  ...phasedWork,
  type: 'benchmark',
  noun: 'benchmark',
  ask: asks(createBenchmarkSchema, [ModelRegistry], async (fields, registry) => {
    const asked = parseOrFail(createBenchmarkSchema, fields);
    const { models, batchSizes, imageSizes, secondsPerSetting } = asked;
    const problems: ProblemDetail[] = [];
    const versions: BenchmarkRequest['versions'] = [];
    for (const [index, reference] of models.entries()) {
      const where = `models.${index}`;
      const found = await findVersion(reference, registry, problems, where);
      if (!found) continue;
      const { model, version, preprocessing } = found;
      if (versions.some((other) => other.model === model && other.version === version)) {
        const message = `is ${model}:${version}, which is already in the list`;
        problems.push({ where, message });
      }
      problems.push(...sizeProblems(found, imageSizes ?? [], where));
      versions.push({ model, version, imageSizes: imageSizes ?? [preprocessing.imageSize] });
    }
    if (problems.length > 0) throw invalidRequest(problems);
    return {
      name: versions.length === 1 ? versions[0]!.model : `${versions.length} versions`,
      request: { versions, batchSizes, secondsPerSetting },
    };
  }),
  // A benchmark does not keep its versions: one that is deleted meanwhile is reported as a failure.
  needs: () => [],
  result: resultSchema,
  view: showsPhase(requestFields, {
    example: {
      name: '2 versions',
      phase: 'Measuring pets-s:2 at 224 px',
      done: 2,
      total: 4,
      unit: 'settings',
      versions: [
        { model: 'pets-b0', version: 1, imageSizes: [224] },
        { model: 'pets-s', version: 2, imageSizes: [224] },
      ],
      batchSizes: [1, 8],
      secondsPerSetting: 3,
    },
  }),
  summary: shows(
    {
      ...phaseFields,
      ...requestFields,
      versions: z.array(versionReferenceSchema),
      result: z
        .object({
          measured: z.int().describe('Number of measured settings'),
          failed: z.int().describe('Number of settings that could not be measured'),
        })
        .nullable(),
    },
    ({ request, status, result }: BenchmarkJob) => ({
      ...request,
      ...status,
      versions: request.versions.map(({ model, version }) => ({ model, version })),
      result: result && { measured: result.measured, failed: result.failures.length },
    }),
  ),
  work: async () => (await import('./benchmark.js')).Benchmark,
};

function sizeProblems(version: VersionRecord, sizes: number[], where: string): ProblemDetail[] {
  const { format, preprocessing, architecture } = version;
  return sizes.flatMap((size) => {
    if (format === 'onnx' && size !== preprocessing.imageSize) {
      return { where, message: `is an ONNX file that only takes ${preprocessing.imageSize} px` };
    }
    const message = imageSizeProblem(findArchitecture(architecture), size);
    return message === undefined ? [] : { where, message };
  });
}
