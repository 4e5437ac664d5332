import { Injectable, Logger } from '@nestjs/common';
import { BlobStore } from '../../../platform/blobs/blob-store';
import { Database } from '../../../platform/database/database';
import { Drain } from '../../../platform/limits/drain';
import { Preload } from '../../routing/preload';
import { VersionRouter } from '../../routing/version-router';
import type { Liveness, Readiness } from './health.dto';

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
   * Ready means that predictions are answered. While the database is away they are, for models that were asked for before:
   * every replica would be found unready in the same moment, and none of them would be sent what it can answer.
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
