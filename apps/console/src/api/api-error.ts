import type { Problem } from './types';

/** A refusal by the API: its code, its message and every problem it found. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: Problem[] = [],
    readonly requestId?: string,
  ) {
    super(message);
  }

  /** Reads the API's error shape; anything else becomes a plain sentence with the status. */
  static from(status: number, text: string): ApiError {
    const body = parse(text);
    if (!body)
      return new ApiError(status, 'UNEXPECTED', `The server answered with status ${status}.`);
    const { code, message, problems, requestId } = body;
    return new ApiError(status, code, message, problems, requestId);
  }
}

interface ErrorBody {
  code: string;
  message: string;
  problems?: Problem[];
  requestId?: string;
}

function parse(text: string): ErrorBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const fits = typeof body === 'object' && body !== null && 'message' in body && 'code' in body;
    return fits ? (body as ErrorBody) : undefined;
  } catch {
    return undefined;
  }
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'OFFLINE', 'The console cannot be reached. Is it still running?');
}
