import { Injectable, Logger } from '@nestjs/common';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { BlobStore } from '../../../platform/blobs/blob-store';
import { Database } from '../../../platform/database/database';
import { Drain } from '../../../platform/limits/drain';
import { Preload } from '../../routing/preload';
import { VersionRouter } from '../../routing/version-router';

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
          'degraded: the database is away, but models that were used before still answer predictions; ' +
            'draining: the server is shutting down and takes no new requests',
        ),
      checks: z.object({
        database: checkSchema,
        blobs: checkSchema,
        models: z.enum(['ok', 'loading']).describe('Whether the preloaded models are ready'),
      }),
    })
    .meta({ example: { status: 'ok', checks: { database: 'ok', blobs: 'ok', models: 'ok' } } }),
) {}

const checkTimeoutMs = 2000;

@Injectable()
export class HealthService {
  private readonly logger = new Logger('Health');

  constructor(
    private readonly database: Database,
    private readonly blobStore: BlobStore,
    private readonly drain: Drain,
    private readonly preload: Preload,
    private readonly router: VersionRouter,
  ) {}

  live(): Liveness {
    return { status: 'ok' };
  }

  /**
   * Reports ready if predictions are answered. While the database is away, models that were used before still answer: if
   * every replica reported itself unready at once, none would be sent the requests that it can answer.
   */
  async ready(): Promise<Readiness> {
    const [database, blobs] = await Promise.all([
      this.check('database', () => this.database.manager.query('SELECT 1')),
      this.check('blobs', () => this.blobStore.check()),
    ]);
    const models: Readiness['checks']['models'] = this.preload.done ? 'ok' : 'loading';
    const checks = { database, blobs, models };
    if (this.drain.draining) return { status: 'draining', checks };
    if (blobs !== 'ok' || models !== 'ok') return { status: 'unavailable', checks };
    if (database === 'ok') return { status: 'ok', checks };
    return { status: this.router.canDoWithoutDatabase ? 'degraded' : 'unavailable', checks };
  }

  private async check(name: string, probe: () => Promise<unknown>): Promise<'ok' | 'failed'> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), checkTimeoutMs);
    });
    try {
      await Promise.race([probe(), timeout]);
      return 'ok';
    } catch (error) {
      this.logger.error(`${name}: ${(error as Error).message}`);
      return 'failed';
    } finally {
      clearTimeout(timer);
    }
  }
}

export function isReady({ status }: Readiness): boolean {
  return status === 'ok' || status === 'degraded';
}
