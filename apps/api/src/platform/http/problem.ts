import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { type ErrorCode, statusOfCode } from '../errors/error-codes';
import type { ProblemDetail } from '../errors/domain-error';

const codes = Object.keys(statusOfCode) as [ErrorCode, ...ErrorCode[]];

const problemSchema = z
  .object({
    code: z.enum(codes).describe('What went wrong, for programs'),
    message: z.string().describe('What went wrong, for people'),
    problems: z
      .array(z.object({ where: z.string(), message: z.string() }))
      .optional()
      .describe('The individual problems, where there can be several'),
    requestId: z.string().describe("Identifies the request in the server's log"),
  })
  .meta({
    example: {
      code: 'INVALID_REQUEST',
      message: 'The request is invalid: name: must not be empty',
      problems: [{ where: 'name', message: 'must not be empty' }],
      requestId: '3f0c2b2a-5f0e-4a57-9d5e-0d1c8f1f7d3a',
    },
  });

/** The body of every error answer. */
export class Problem extends createZodDto(problemSchema) {}

export interface Answer {
  code: ErrorCode;
  message: string;
  problems?: ProblemDetail[];
}

/** Returns whether a path belongs to the Open Inference Protocol. */
export function isProtocolPath(path: string): boolean {
  return /^\/v2(\/|$)/i.test(path);
}

/** Returns the protocol's status of an error: it answers 400 to every invalid request. */
export function protocolStatusOf(code: ErrorCode): number {
  const status = statusOfCode[code];
  return status === 422 ? 400 : status;
}

/** Returns an error in the format of the request's path: our own, or the Open Inference Protocol's. */
export function errorForm(
  path: string,
  answer: Answer,
  requestId: string,
): { status: number; body: object } {
  return isProtocolPath(path)
    ? { status: protocolStatusOf(answer.code), body: { error: answer.message } }
    : { status: statusOfCode[answer.code], body: { ...answer, requestId } };
}
