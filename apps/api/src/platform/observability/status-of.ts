import type { Response } from 'express';

/** Of a response that is over: `aborted` when the client went before its answer was there. */
export function statusOf(response: Response): number | 'aborted' {
  return response.writableFinished ? response.statusCode : 'aborted';
}
