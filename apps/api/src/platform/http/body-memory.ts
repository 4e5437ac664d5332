import type { Request, Response } from 'express';
import { cancelled, DomainError } from '../errors/domain-error';

const retryAfterMs = 1000;
/** Bodies up to this size are accepted although large ones use up the limit, */
const smallBytes = 1024 ** 2;
/** as long as the total stays within this share beyond the limit. */
const shareForSmall = 0.25;

/** The received part of a request's body. */
export interface HeldBody {
  /**
   * Counts received bytes until the answer is sent.
   * @throws DomainError QUEUE_FULL when all bodies together take too much; the caller must release this one
   */
  add(bytes: number): void;
}

/** Limits the memory of all bodies together. Only received bytes count, not announced ones. */
export class BodyMemory {
  private held = 0;

  /** @param limit in bytes; a single body is accepted whatever its size */
  constructor(private readonly limit: number) {}

  /**
   * Starts counting a request's body.
   * @throws DomainError QUEUE_FULL when its Content-Length is too large for the remaining memory, CANCELLED
   */
  open(request: Request, response: Response): HeldBody {
    // No event would follow to release it.
    if (response.closed) throw cancelled();
    this.refuseBeyond(Number(request.headers['content-length'] ?? 0), 0);
    let own = 0;
    const giveBack = () => {
      this.held -= own;
      own = 0;
    };
    response.once('close', giveBack);
    return {
      add: (bytes) => {
        if (response.closed) throw cancelled();
        try {
          this.refuseBeyond(own + bytes, own);
        } catch (error) {
          giveBack();
          throw error;
        }
        own += bytes;
        this.held += bytes;
      },
    };
  }

  /** @param own bytes of this body that are already counted */
  private refuseBeyond(bytes: number, own: number): void {
    const others = this.held - own;
    const limit = this.limit * (bytes > smallBytes ? 1 : 1 + shareForSmall);
    if (others === 0 || others + bytes <= limit) return;
    const message = 'Too many large requests are in progress. Try again later.';
    throw new DomainError('QUEUE_FULL', message, undefined, { retryAfterMs });
  }
}
