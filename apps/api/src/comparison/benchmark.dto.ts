import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { lifecycleExample, lifecycleSchema, versionReferenceSchema } from '../jobs/lifecycle.dto';
import { workSchema } from '../jobs/work.dto';

const sizes = (minimum: number, maximum: number) =>
  z
    .array(z.int().min(minimum).max(maximum))
    .min(1)
    .max(16)
    .refine((all) => new Set(all).size === all.length, 'must not name a size twice');

export const createBenchmarkSchema = z.strictObject({
  type: z.literal('benchmark'),
  models: z
    .array(z.string())
    .min(1)
    .max(64)
    .describe('The versions to measure: `name` (its latest), `name:3` or `name@alias`'),
  batchSizes: sizes(1, 256).default([1, 8]).describe('Pictures that run together'),
  imageSizes: sizes(1, 4096)
    .optional()
    .describe("Sides of the pictures; left out: each version's own"),
  secondsPerSetting: z
    .number()
    .min(0.1)
    .max(300)
    .default(3)
    .describe('How long each version is looked at in each picture and batch size, at least'),
});

export class CreateBenchmark extends createZodDto(
  createBenchmarkSchema.meta({
    example: {
      type: 'benchmark',
      models: ['pets-b0@production', 'pets-s:2'],
      batchSizes: [1, 8],
      secondsPerSetting: 3,
    },
  }),
) {}

const benchmarkJobSchema = lifecycleSchema
  .extend(workSchema.shape)
  .extend({
    type: z.literal('benchmark'),
    versions: z.array(versionReferenceSchema.extend({ imageSizes: z.array(z.int()) })),
    batchSizes: z.array(z.int()),
    secondsPerSetting: z.number(),
    result: z
      .object({
        measured: z.int().describe('Settings that were measured; `GET /compare` has the figures'),
        failures: z.array(
          versionReferenceSchema.extend({ imageSize: z.int(), reason: z.string() }),
        ),
      })
      .nullable(),
  })
  .meta({
    example: {
      ...lifecycleExample,
      name: '2 versions',
      phase: 'Measuring pets-s:2 at 224 px',
      done: 2,
      total: 4,
      unit: 'settings',
      type: 'benchmark',
      versions: [
        { model: 'pets-b0', version: 1, imageSizes: [224] },
        { model: 'pets-s', version: 2, imageSizes: [224] },
      ],
      batchSizes: [1, 8],
      secondsPerSetting: 3,
      result: null,
    },
  });

export class BenchmarkJob extends createZodDto(benchmarkJobSchema) {}

export class BenchmarkJobSummary extends createZodDto(
  benchmarkJobSchema.extend({
    versions: z.array(versionReferenceSchema),
    result: z
      .object({
        measured: z.int().describe('Settings that were measured'),
        failed: z.int().describe('Settings that could not be measured'),
      })
      .nullable(),
  }),
) {}
