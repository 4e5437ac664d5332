import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const duration = z.object({
  count: z.int(),
  ns: z.int().describe('Nanoseconds in all'),
});

export class V2Statistics extends createZodDto(
  z
    .object({
      model_stats: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          last_inference: z.int().describe('ms since 1970; 0: never'),
          inference_count: z.int().describe('Pictures'),
          execution_count: z.int().describe('Batches'),
          inference_stats: z.object({
            success: duration.describe('Requests'),
            fail: duration.describe('Requests'),
            queue: duration.describe('Waits for the engine'),
            compute_input: duration.describe('Pictures decoded'),
            compute_infer: duration.describe('Batches'),
            compute_output: duration,
            cache_hit: duration,
            cache_miss: duration,
          }),
          batch_stats: z.array(
            z.object({
              batch_size: z.int(),
              compute_input: duration,
              compute_infer: duration,
              compute_output: duration,
            }),
          ),
        }),
      ),
    })
    .meta({
      example: {
        model_stats: [
          {
            name: 'pets-b0',
            version: '1',
            last_inference: 1_767_225_600_000,
            inference_count: 9,
            execution_count: 2,
            inference_stats: {
              success: { count: 9, ns: 412_000_000 },
              fail: { count: 0, ns: 0 },
              queue: { count: 9, ns: 98_000_000 },
              compute_input: { count: 9, ns: 27_000_000 },
              compute_infer: { count: 2, ns: 71_000_000 },
              compute_output: { count: 0, ns: 0 },
              cache_hit: { count: 0, ns: 0 },
              cache_miss: { count: 0, ns: 0 },
            },
            batch_stats: [
              {
                batch_size: 1,
                compute_input: { count: 0, ns: 0 },
                compute_infer: { count: 1, ns: 9_000_000 },
                compute_output: { count: 0, ns: 0 },
              },
              {
                batch_size: 8,
                compute_input: { count: 0, ns: 0 },
                compute_infer: { count: 1, ns: 62_000_000 },
                compute_output: { count: 0, ns: 0 },
              },
            ],
          },
        ],
      },
    }),
) {}
