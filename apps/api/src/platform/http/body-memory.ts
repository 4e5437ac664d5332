import type { Request, Response } from 'express';
import { cancelled, DomainError } from '../errors/domain-error';

const retryAfterMs = 1000;
/** A body of no more than this is not refused for what large ones take, */
const smallBytes = 1024 ** 2;
/** as long as all of them stay within this share beyond the limit. */
const shareForSmall = 0.25;

/** One request's body, as far as it has come. */
export interface HeldBody {
  /**
   * Counts bytes that have come, until the answer is sent.
   * @throws DomainError QUEUE_FULL when bodies take too much together; what has come of this one is to be let go
   */
  add(bytes: number): void;
}

/** Bounds what bodies that are held in memory take together, by the bytes that have come: what is only announced takes none. */
export class BodyMemory {
  private held = 0;

  /** @param limit in bytes; a single body is taken whatever its size */
  constructor(private readonly limit: number) {}

  /**
   * Begins to count a request's body.
   * @throws DomainError QUEUE_FULL when it says itself that there is no room for it, CANCELLED
   */
  open(request: Request, response: Response): HeldBody {
    // No event would say when to give it back.
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

  /** @param own of its bytes that are among those held */
  private refuseBeyond(bytes: number, own: number): void {
    const others = this.held - own;
    const limit = this.limit * (bytes > smallBytes ? 1 : 1 + shareForSmall);
    if (others === 0 || others + bytes <= limit) return;
    const message = 'Too many large requests are under way. Try again later.';
    throw new DomainError('QUEUE_FULL', message, undefined, { retryAfterMs });
  }
}
