import type { ErrorCode } from './error-codes';

/** One thing that is wrong: where it stands in the request or the file, and what would be right. */
export interface ProblemDetail {
  where: string;
  message: string;
}

/** What the caller can understand and mend; knows nothing of HTTP. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly problems?: ProblemDetail[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
