import type { Request, Response } from 'express';
import { DomainError } from '../errors/domain-error';
import { cancelled } from '../serving/serving-errors';

const retryAfterMs = 1000;

/** Bounds what bodies that are held in memory take together. */
export class BodyMemory {
  private held = 0;

  /** @param limit in bytes; a single body is taken whatever its size */
  constructor(private readonly limit: number) {}

  /**
   * Sets aside what a request's body may take, until its answer is sent.
   * @param most that a body of this route may have, in bytes
   * @throws DomainError QUEUE_FULL, CANCELLED
   */
  hold(request: Request, response: Response, most: number): void {
    // Nothing would tell when to give it back.
    if (response.closed) throw cancelled();
    const stated = Number(request.headers['content-length'] ?? most);
    const bytes = Math.min(stated, most);
    if (this.held > 0 && this.held + bytes > this.limit) {
      const message = 'Too many large requests are under way. Try again later.';
      throw new DomainError('QUEUE_FULL', message, undefined, { retryAfterMs });
    }
    this.held += bytes;
    response.once('close', () => (this.held -= bytes));
  }
}
