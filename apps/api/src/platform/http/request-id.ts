import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const header = 'X-Request-Id';

/** Gives every request an id, the caller's own where it sends a sane one, and returns it. */
export function assignRequestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(header);
  response.setHeader(header, given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID());
  next();
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(header));
}
