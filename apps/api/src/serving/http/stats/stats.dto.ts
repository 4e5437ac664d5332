import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const times = z
  .array(z.object({ batch: z.int(), ms: z.number() }))
  .describe('Best time of a batch at warm-up, by batch size');

export class Serving extends createZodDto(
  z
    .object({
      model: z.string(),
      version: z.int(),
      state: z
        .enum(['unloaded', 'loading', 'ready', 'draining'])
        .describe(
          'ready: loaded and warmed up; draining: finishing requests in progress before it is unloaded',
        ),
      loaded: z
        .object({
          executor: z.string().describe('Engine that runs it'),
          bytes: z.int().describe('Estimated memory'),
          maxBatch: z.int(),
          times,
          candidates: z
            .array(
              z.object({
                executor: z.string(),
                chosen: z.boolean(),
                times,
                reason: z.string().optional().describe('Why it could not be measured'),
              }),
            )
            .describe('The engines it was chosen among; empty if there was no choice'),
        })
        .nullable(),
      batching: z
        .object({
          waiting: z.int().describe('Images in the queue'),
          running: z.int().describe('Batches in the engine'),
          executions: z.int(),
          images: z.int(),
          batchSizes: z.record(z.string(), z.int()).describe('Number of batches of each size'),
          queueMs: z.number().describe('Sum over images'),
          computeMs: z.number().describe('Sum over batches'),
          refused: z.int().describe('Images refused because the queue was full'),
          withdrawn: z.int().describe('Images cancelled, or past their deadline'),
          failures: z.int().describe('Batches'),
          imagesPerSecond: z.number().nullable().describe('Recent average over running time'),
        })
        .nullable()
        .describe('Counted since the version was loaded'),
    })
    .meta({
      example: {
        model: 'pets-b0',
        version: 1,
        state: 'ready',
        loaded: {
          executor: 'ONNX Runtime 1.30.0',
          bytes: 64_000_000,
          maxBatch: 8,
          times: [
            { batch: 1, ms: 9.4 },
            { batch: 8, ms: 61.2 },
          ],
          candidates: [],
        },
        batching: {
          waiting: 0,
          running: 0,
          executions: 17,
          images: 96,
          batchSizes: { 1: 5, 7: 1, 8: 11 },
          queueMs: 3120.4,
          computeMs: 760.1,
          refused: 0,
          withdrawn: 0,
          failures: 0,
          imagesPerSecond: 129.3,
        },
      },
    }),
) {}
