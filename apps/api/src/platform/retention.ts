import {
  Inject,
  Injectable,
  Logger,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { Database } from './database/database';
import { IdempotencyKeys } from './idempotency/idempotency-keys';

const hourMs = 3_600_000;
/** Rows that one statement deletes, to keep each short. */
const atOnce = 10_000;

/** Deletes expired audit entries, sessions, login links and answers to repeated requests. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly repeats: IdempotencyKeys,
  ) {}

  onApplicationBootstrap(): void {
    void this.clean();
    this.timer = setInterval(() => void this.clean(), hourMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async clean(): Promise<void> {
    const { manager } = this.database;
    try {
      for (let deleted = atOnce; deleted === atOnce;) {
        [, deleted] = await manager.query(
          `DELETE FROM audit WHERE id IN (
             SELECT id FROM audit WHERE at < now() - make_interval(days => $1) LIMIT ${atOnce}
           )`,
          [this.config.auditDays],
        );
      }
      await manager.query(`DELETE FROM sessions WHERE expires_at < now()`);
      await manager.query(`DELETE FROM login_tokens WHERE expires_at < now()`);
      await this.repeats.sweep();
    } catch (error) {
      new Logger('Auth').warn(`Expired data could not be deleted: ${(error as Error).message}`);
    }
  }
}
