import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { setTimeout as pause } from 'node:timers/promises';
import { statusOfCode } from '../../errors/error-codes';
import { requestIdOf, routeOf, statusOf } from '../../http/request-facts';
import { AuthDatabase } from '../auth-database';
import { type Caller, callerOf, addressOf } from '../caller';

/** Maximum number of entries that wait for the database; beyond it entries are lost, which is logged. */
const waitingLimit = 10_000;
const batchSize = 200;
const retryMs = 2000;
/** Time limit for the last write at shutdown. */
const lastWriteMs = 3000;
const longestResource = 300;

interface Entry {
  at: string;
  key_id: string | null;
  key_name: string | null;
  session_id: number | null;
  method: string;
  route: string;
  resource: string;
  status: number;
  request_id: string;
  address: string;
}

/** Inserts a batch. A batch whose outcome is unknown is written again, so existing entries are skipped. */
const insert = `
  INSERT INTO audit (at, key_id, key_name, session_id, method, route, resource, status, request_id, address)
  SELECT e.* FROM jsonb_to_recordset($1::jsonb) AS e (
    at timestamptz, key_id uuid, key_name text, session_id bigint, method text, route text, resource text,
    status integer, request_id text, address text)
  WHERE NOT EXISTS (SELECT FROM audit a WHERE a.at = e.at AND a.request_id = e.request_id)`;

/** Records who changed what. No request waits for it. */
@Injectable()
export class AuditLog {
  private readonly logger = new Logger('Audit');
  private readonly waiting: Entry[] = [];
  private writing?: Promise<void>;
  private lost = 0;
  private readonly end = new AbortController();

  constructor(private readonly database: AuthDatabase) {}

  /** Records a request and its outcome once the answer has ended. */
  watch(request: Request, response: Response): void {
    response.once('close', () => {
      const caller = callerOf(request);
      const status = statusOf(response);
      // Unauthenticated requests have changed nothing, and rate-limited ones are counted elsewhere.
      if (!caller || status === 429) return;
      this.add(request, response, caller, status === 'aborted' ? statusOfCode.CANCELLED : status);
    });
  }

  /** Records a failed login. @param caller set if the key is known but has expired */
  failedLogin(request: Request, caller?: Caller): void {
    // Express sets `res` before any handler sees the request.
    this.add(request, request.res!, caller, statusOfCode.UNAUTHORIZED);
  }

  /** Writes the remaining entries, within a few seconds. */
  async stop(): Promise<void> {
    const { signal } = this.end;
    await Promise.race([this.writing, pause(lastWriteMs, undefined, { signal, ref: false })]);
    this.end.abort();
    if (this.waiting.length > 0)
      this.logger.error(`${this.waiting.length} audit entries were lost`);
  }

  private add(
    request: Request,
    response: Response,
    caller: Caller | undefined,
    status: number,
  ): void {
    if (this.waiting.length === waitingLimit) {
      this.lost += 1;
      return;
    }
    this.waiting.push({
      at: new Date().toISOString(),
      key_id: caller?.key.id ?? null,
      key_name: caller?.key.name ?? null,
      session_id: caller?.sessionId ?? null,
      method: request.method,
      route: routeOf(request),
      resource: request.path.slice(0, longestResource),
      status,
      request_id: requestIdOf(response),
      address: addressOf(request),
    });
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  private async write(): Promise<void> {
    const { signal } = this.end;
    for (let quiet = false; this.waiting.length > 0 && !signal.aborted;) {
      const batch = this.waiting.slice(0, batchSize);
      try {
        await this.database.query(insert, [JSON.stringify(batch)]);
        this.waiting.splice(0, batch.length);
        if (this.lost > 0) this.logger.error(`${this.lost} audit entries were lost`);
        this.lost = 0;
      } catch (error) {
        if (!quiet)
          this.logger.warn(
            `Audit entries are waiting for the database: ${(error as Error).message}`,
          );
        quiet = true;
        await pause(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}
