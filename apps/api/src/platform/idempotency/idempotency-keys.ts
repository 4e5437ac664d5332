import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { DomainError } from '../errors/domain-error';

/** How long an answer is kept, in Postgres's notation. */
const kept = '24 hours';

/** A request that may be sent again. */
interface RepeatableRequest {
  /** Id of the API key that it was sent with. */
  keyId: string;
  /** Its Idempotency-Key. */
  key: string;
  /** Method, path and query. */
  route: string;
}

/** The answer to a request. */
interface RecordedAnswer {
  status: number;
  answer: unknown;
}

interface Recorded extends RecordedAnswer {
  route: string;
  hash: string;
}

interface Current extends RepeatableRequest {
  earlier: Recorded | undefined;
  /** Hash of the request's content, once it is known. */
  hash?: string;
  /** Returns the status of its answer. */
  status: () => number;
}

/** Thrown to stop work on a request that was answered before. */
class AnsweredBefore extends Error {
  override readonly name = 'AnsweredBefore';
}

/**
 * Gives repeated requests the first answer. The answer is recorded in the transaction that creates the resource, so that
 * both are stored or neither, whatever happens to the process and the connection.
 */
@Injectable()
export class IdempotencyKeys {
  private readonly current = new AsyncLocalStorage<Current>();
  /** Keys in use in this process. If two processes work on the same key, the database lets only one record its answer. */
  private readonly underWay = new Set<string>();

  constructor(private readonly database: Database) {}

  /**
   * Runs `work` to answer a request, unless it was answered before.
   * @param status returns the status of the answer when it is recorded
   * @returns the earlier answer, or the result of `work`
   * @throws DomainError IDEMPOTENCY_KEY_IN_USE, IDEMPOTENCY_KEY_REUSED, and whatever `work` throws
   */
  async run<Answer>(
    request: RepeatableRequest,
    status: () => number,
    work: () => Promise<Answer>,
  ): Promise<{ recorded: RecordedAnswer } | { made: Answer }> {
    const id = `${request.keyId} ${request.key}`;
    if (this.underWay.has(id)) {
      throw new DomainError(
        'IDEMPOTENCY_KEY_IN_USE',
        'A request with this Idempotency-Key is in progress: wait for its answer, or try again later.',
        undefined,
        { retryAfterMs: 1000 },
      );
    }
    this.underWay.add(id);
    try {
      const current: Current = { ...request, status, earlier: await this.find(request) };
      return await this.current.run(current, () => this.attempt(current, work));
    } finally {
      this.underWay.delete(id);
    }
  }

  private async attempt<Answer>(
    current: Current,
    work: () => Promise<Answer>,
  ): Promise<{ recorded: RecordedAnswer } | { made: Answer }> {
    try {
      return { made: await work() };
    } catch (error) {
      // Another process may have been faster, or a commit whose answer was lost may have succeeded.
      const recorded = current.hash === undefined ? undefined : await this.lookAgain(current);
      if (recorded && isSame(recorded, current)) return { recorded };
      throw error;
    }
  }

  private async lookAgain(current: Current): Promise<Recorded | undefined> {
    return current.earlier ?? this.find(current).catch(() => undefined);
  }

  /** Whether the current request was answered before, so that its resource already exists. */
  get isRepeat(): boolean {
    return this.current.getStore()?.earlier !== undefined;
  }

  /** Returns whether another process has answered the current request in the meantime. */
  async becameRepeat(): Promise<boolean> {
    const current = this.current.getStore();
    if (current) current.earlier = await this.find(current);
    return this.isRepeat;
  }

  /**
   * Sets the content of the current request, before anything is created. Does nothing if the request has no key.
   * @param parts everything that distinguishes the request from others to the same route
   * @throws DomainError IDEMPOTENCY_KEY_REUSED; AnsweredBefore, which `run` turns into the answer
   */
  identify(parts: unknown): void {
    const current = this.current.getStore();
    if (!current) return;
    current.hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    const { earlier } = current;
    if (!earlier) return;
    throw isSame(earlier, current) ? new AnsweredBefore() : reused();
  }

  /**
   * Records the answer to the current request; call it in the transaction that creates the resource. Does nothing if the
   * request has no key.
   * @throws DomainError IDEMPOTENCY_KEY_REUSED when another request with the key was faster
   */
  async record(answer: unknown): Promise<void> {
    const current = this.current.getStore();
    if (!current) return;
    const { keyId, key, route, hash, status } = current;
    if (hash === undefined || !this.database.inTransaction) {
      throw new Error('An answer can only be recorded after identify(), within a transaction.');
    }
    // Waits for another transaction that records the same key.
    const written: unknown[] = await this.database.manager.query(
      `INSERT INTO idempotency_keys AS known (key_id, key, route, request_hash, status, answer)
       VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6)
       ON CONFLICT (key_id, key) DO UPDATE
         SET route = excluded.route, request_hash = excluded.request_hash, status = excluded.status,
             answer = excluded.answer, created_at = now()
         WHERE known.created_at < now() - interval '${kept}'
       RETURNING 1`,
      [keyId, key, route, hash, status(), JSON.stringify(answer)],
    );
    if (written.length === 0) throw reused();
  }

  /** Deletes expired answers. */
  async sweep(): Promise<void> {
    await this.database.manager.query(
      `DELETE FROM idempotency_keys WHERE created_at < now() - interval '${kept}'`,
    );
  }

  private async find({ keyId, key }: RepeatableRequest): Promise<Recorded | undefined> {
    const [found]: Recorded[] = await this.database.manager.query(
      `SELECT route, encode(request_hash, 'hex') AS hash, status, answer FROM idempotency_keys
       WHERE key_id = $1 AND key = $2 AND created_at >= now() - interval '${kept}'`,
      [keyId, key],
    );
    return found;
  }
}

function isSame(recorded: Recorded, { route, hash }: Current): boolean {
  return recorded.route === route && recorded.hash === hash;
}

function reused(): DomainError {
  return new DomainError(
    'IDEMPOTENCY_KEY_REUSED',
    'A different request was sent with this Idempotency-Key: use a new key for each new request.',
  );
}
