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
        .describe('How many of the likeliest labels'),
      threshold: z.coerce
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Leave out labels that are less probable'),
      embeddings: z
        .enum(['true', 'false'])
        .default('false')
        .describe("Give what the network's classifier is given as well"),
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
              .describe('The likeliest first'),
            embedding: z
              .array(z.number())
              .optional()
              .describe("What the network's classifier is given, where it was asked for"),
            notes: z
              .array(z.string())
              .optional()
              .describe('What is unusual about the image although it was accepted'),
          }),
        )
        .describe('One per image, in their order'),
      batchSizes: z
        .array(z.int())
        .describe('How many images, of all requests, were in the batches that these were in'),
      timings: z
        .object({
          decode: z.number(),
          queue: z.number(),
          inference: z.number(),
          total: z.number(),
        })
        .describe(
          'Milliseconds: reading the images, waiting for the network, running it, everything',
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
