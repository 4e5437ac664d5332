import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../platform/lists/newest-first';
import { pageQuery } from '../platform/lists/page';
import { accuracySchema } from '../registry/catalogue/catalogue.dto';

export const compareLimit = 100;

export class CompareQuery extends createZodDto(
  z.strictObject({
    versions: z
      .string()
      .max(compareLimit * 160)
      .optional()
      .describe(
        `Up to ${compareLimit}, with commas between: \`name\` (its latest), \`name:3\` or \`name@alias\`; ` +
          'default: pages of the most recently measured ones',
      ),
    ...pageQuery(momentSchema(z.string().max(100)), { limit: compareLimit, maximum: 200 }),
  }),
) {}

const hardwareSchema = z.object({
  processor: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  system: z.string(),
  node: z.string(),
});

const measurementSchema = z.object({
  job: z.uuid().describe('The job that measured it'),
  executor: z.string().describe('Engine that ran it, with its version'),
  imageSize: z.int().describe('Side of the images'),
  batchSize: z.int().describe('Images per batch'),
  instances: z.int().describe('Number of batches that ran concurrently'),
  latency: z
    .object({ mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() })
    .describe('Time of a batch in ms, without decoding'),
  throughput: z.number().describe('Images per second'),
  runs: z.int().describe('Number of batches that were measured'),
  memoryBytes: z.int().describe('Peak main memory of loading and running it'),
  hardware: hardwareSchema,
  createdAt: z.iso.datetime(),
});

export class Comparison extends createZodDto(
  z
    .object({
      model: z.string(),
      version: z.int(),
      architecture: z.string(),
      imageSize: z.int().describe('Image size of its preprocessing'),
      dataset: z.string().nullable().describe('Name of the dataset that it was trained on here'),
      accuracy: accuracySchema,
      parameters: z.int(),
      macs: z.number().describe('Multiply-accumulates for an image of its size'),
      trainingSeconds: z
        .number()
        .nullable()
        .describe('Duration of its fine-tune; null if it was not trained here'),
      measurements: z.array(measurementSchema).describe('By image size, batch size and executor'),
    })
    .meta({
      example: {
        model: 'flowers',
        version: 3,
        architecture: 'efficientnetv2_b0',
        imageSize: 224,
        dataset: 'flowers',
        accuracy: { measured: 0.94 },
        parameters: 5_861_074,
        macs: 721_000_000,
        trainingSeconds: 812.4,
        measurements: [
          {
            job: '7c1e0f1e-4d0f-4b61-9c39-5f7f5f5b8a10',
            executor: 'ONNX Runtime 1.30.0',
            imageSize: 224,
            batchSize: 1,
            instances: 1,
            latency: { mean: 11.9, p50: 11.6, p95: 13.2, p99: 15.8 },
            throughput: 83.4,
            runs: 251,
            memoryBytes: 96_000_000,
            hardware: {
              processor: 'AMD EPYC 9R14',
              cores: 2,
              memoryBytes: 25_000_000_000,
              system: 'linux x64',
              node: '20.19.0',
            },
            createdAt: '2026-01-15T10:20:00.000Z',
          },
        ],
      },
    }),
) {}
