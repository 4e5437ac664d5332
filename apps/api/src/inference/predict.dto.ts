import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { modelNameSchema } from '../models/model.dto';

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
      predictions: z
        .array(z.object({ label: z.string(), probability: z.number().min(0).max(1) }))
        .describe('The likeliest first'),
      timings: z
        .object({ decode: z.number(), inference: z.number(), total: z.number() })
        .describe('Milliseconds: reading the picture, running the network, everything'),
    })
    .meta({
      example: {
        model: 'pets-b0',
        version: 1,
        predictions: [
          { label: 'cat', probability: 0.94 },
          { label: 'dog', probability: 0.06 },
        ],
        timings: { decode: 3.1, inference: 24.8, total: 29.5 },
      },
    }),
) {}
