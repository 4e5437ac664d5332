import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { modelNameSchema } from '../../../registry/models/model.dto';

export class PredictQuery extends createZodDto(
  z
    .strictObject({
      version: z.coerce
        .number()
        .int()
        .min(1)
        .max(2_000_000_000)
        .optional()
        .describe('Default: the latest'),
      alias: modelNameSchema.optional().describe('Instead of a version'),
      topK: z.coerce
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(5)
        .describe('Number of labels to return, the most likely first'),
      threshold: z.coerce
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Omit labels below this probability'),
      embeddings: z
        .enum(['true', 'false'])
        .default('false')
        .describe("Also return each image's embedding: the features that the classifier receives"),
    })
    .refine(({ version, alias }) => version === undefined || alias === undefined, {
      path: ['alias'],
      message: 'give a version or an alias, not both',
    }),
) {}

export class Prediction extends createZodDto(
  z
    .object({
      model: z.string(),
      version: z.int(),
      results: z
        .array(
          z.object({
            predictions: z
              .array(z.object({ label: z.string(), probability: z.number().min(0).max(1) }))
              .describe('The most likely first'),
            embedding: z
              .array(z.number())
              .optional()
              .describe('The features that the classifier receives, if requested'),
            notes: z
              .array(z.string())
              .optional()
              .describe('Anything unusual about the image, which was accepted all the same'),
          }),
        )
        .describe('One per image, in their order'),
      batchSizes: z
        .array(z.int())
        .describe(
          'Sizes of the batches that the images ran in, including images of other requests',
        ),
      timings: z
        .object({
          decode: z.number(),
          queue: z.number(),
          inference: z.number(),
          total: z.number(),
        })
        .describe(
          'Milliseconds: decoding the images, waiting for the network, running it, in total',
        ),
    })
    .meta({
      example: {
        model: 'pets-b0',
        version: 1,
        results: [
          {
            predictions: [
              { label: 'cat', probability: 0.94 },
              { label: 'dog', probability: 0.06 },
            ],
          },
        ],
        batchSizes: [1],
        timings: { decode: 3.1, queue: 0.2, inference: 24.8, total: 28.9 },
      },
    }),
) {}
