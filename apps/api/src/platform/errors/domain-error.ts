import type { ErrorCode } from './error-codes';

/** One problem: its place in the request or the file, and what would be right. */
export interface ProblemDetail {
  where: string;
  message: string;
}

interface DomainErrorOptions extends ErrorOptions {
  /** Time after which a retry may succeed. */
  retryAfterMs?: number;
}

/** An error that the caller can understand and correct; independent of HTTP. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly retryAfterMs?: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly problems?: ProblemDetail[],
    { retryAfterMs, ...options }: DomainErrorOptions = {},
  ) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns the error for a request whose client disconnected; only logs and metrics see it. */
export function cancelled(): DomainError {
  return new DomainError('CANCELLED', 'The client closed the request.');
}
