import { Injectable, Logger } from '@nestjs/common';
import { AuthDatabase } from './auth-database';
import type { Caller } from './caller';
import { sessionLifetime } from './credentials';

/** Accuracy of the times in the database. */
const exactMs = 60_000;
/** Interval whose uses are written together. */
const gatherMs = 500;

/** Records the last use of keys and sessions, at most once per minute each; no request waits for it. */
@Injectable()
export class LastUse {
  private readonly logger = new Logger('Auth');
  private readonly written = new Map<string, number>();
  private readonly pending = new Map<string, Caller>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly database: AuthDatabase) {}

  used(caller: Caller): void {
    const name = `${caller.key.id} ${caller.sessionId ?? ''}`;
    const now = performance.now();
    if (now - (this.written.get(name) ?? -Infinity) < exactMs) return;
    // Deleted first to keep the map in the order of writing, so the first entries are the least recently used.
    this.written.delete(name);
    this.written.set(name, now);
    for (const [old, time] of this.written) {
      if (now - time < exactMs) break;
      this.written.delete(old);
    }
    this.pending.set(name, caller);
    this.timer ??= setTimeout(() => void this.write(), gatherMs).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Writes the times; if that fails, the next use writes them. */
  private async write(): Promise<void> {
    this.timer = undefined;
    const callers = [...this.pending.values()];
    this.pending.clear();
    const keys = [...new Set(callers.map(({ key }) => key.id))];
    const sessions = callers.flatMap(({ sessionId }) => sessionId ?? []);
    try {
      await this.database.query(
        `UPDATE api_keys SET last_used_at = now() WHERE id = ANY($1::uuid[])`,
        [keys],
      );
      if (sessions.length === 0) return;
      const { idle, longest } = sessionLifetime;
      await this.database.query(
        `UPDATE sessions
         SET last_used_at = now(), expires_at = LEAST(now() + $2::interval, created_at + $3::interval)
         WHERE id = ANY($1::bigint[])`,
        [sessions, idle, longest],
      );
    } catch (error) {
      this.logger.warn(`The last use of keys was not recorded: ${(error as Error).message}`);
    }
  }
}
