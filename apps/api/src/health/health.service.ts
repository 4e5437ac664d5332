import { Injectable, Logger } from '@nestjs/common';
import { BlobStore } from '../blobs/blob-store';
import { Database } from '../database/database';
import { Drain } from '../limits/drain';
import { Preload } from '../serving/preload';
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
  ) {}

  live(): Liveness {
    return { status: 'ok' };
  }

  async ready(): Promise<Readiness> {
    const [database, blobs] = await Promise.all([
      this.check('database', () => this.database.manager.query('SELECT 1')),
      this.check('blobs', () => this.blobStore.check()),
    ]);
    const models: Readiness['checks']['models'] = this.preload.done ? 'ok' : 'loading';
    const ready = [database, blobs, models].every((check) => check === 'ok');
    const checks = { database, blobs, models };
    if (this.drain.draining) return { status: 'draining', checks };
    return { status: ready ? 'ok' : 'unavailable', checks };
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
