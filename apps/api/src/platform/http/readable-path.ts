import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../errors/domain-error';

/** No name in a path holds a NUL, which Postgres refuses, or half an escape: nothing is there. */
export function refuseUnreadablePath(
  request: Request,
  _response: Response,
  next: NextFunction,
): void {
  next(
    isReadable(request.path) ? undefined : new DomainError('NOT_FOUND', 'No path is like this.'),
  );
}

function isReadable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}
