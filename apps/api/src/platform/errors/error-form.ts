import type { ProblemDetail } from './domain-error';
import { type ErrorCode, statusOfCode } from './error-codes';

export interface Answer {
  code: ErrorCode;
  message: string;
  problems?: ProblemDetail[];
}

/** Whether a path is the Open Inference Protocol's. */
export function isProtocolPath(path: string): boolean {
  return /^\/v2(\/|$)/i.test(path);
}

/** A request that is understood and wrong is 400 by the protocol, as one that is not understood. */
export function protocolStatusOf(code: ErrorCode): number {
  const status = statusOfCode[code];
  return status === 422 ? 400 : status;
}

/** How an error is told where it happened: our own way, or the Open Inference Protocol's. */
export function errorForm(
  path: string,
  answer: Answer,
  requestId: string,
): { status: number; body: object } {
  return isProtocolPath(path)
    ? { status: protocolStatusOf(answer.code), body: { error: answer.message } }
    : { status: statusOfCode[answer.code], body: { ...answer, requestId } };
}
