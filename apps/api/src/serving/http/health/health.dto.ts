import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class Liveness extends createZodDto(
  z.object({ status: z.literal('ok') }).meta({ example: { status: 'ok' } }),
) {}

const checkSchema = z.enum(['ok', 'failed']);

export class Readiness extends createZodDto(
  z
    .object({
      status: z
        .enum(['ok', 'degraded', 'unavailable', 'draining'])
        .describe(
          'degraded: the database is away, and predictions by models that were asked for before are answered; ' +
            'draining: it is about to end and takes nothing new',
        ),
      checks: z.object({
        database: checkSchema,
        blobs: checkSchema,
        models: z
          .enum(['ok', 'loading'])
          .describe('Whether those that are to be ready from the start are'),
      }),
    })
    .meta({ example: { status: 'ok', checks: { database: 'ok', blobs: 'ok', models: 'ok' } } }),
) {}
