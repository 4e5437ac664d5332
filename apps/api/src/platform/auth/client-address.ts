import type { Request } from 'express';

/** Returns the client's address: the connection's, or what a trusted proxy says. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown';
}
