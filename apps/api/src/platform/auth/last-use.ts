import { Injectable, Logger } from '@nestjs/common';
import { AuthDatabase } from './auth-database';
import type { Caller } from './caller';
import { sessionLifetime } from './credentials';

/** The times in the database are this exact. */
const exactMs = 60_000;
/** What is used within it is written together. */
const gatherMs = 500;

/** Writes when keys and sessions were used last, once a minute each at most and never while a request waits. */
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
    // In the order of writing: the first ones are those that are the longest out of use.
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

  /** A time that cannot be written is left to the next use. */
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
      this.logger.warn(`When keys were used last was not written: ${(error as Error).message}`);
    }
  }
}
