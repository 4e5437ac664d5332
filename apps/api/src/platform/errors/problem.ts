import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { type ErrorCode, statusOfCode } from './error-codes';

const codes = Object.keys(statusOfCode) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .object({
    code: z.enum(codes).describe('What went wrong, for programs'),
    message: z.string().describe('What went wrong, for people'),
    problems: z
      .array(z.object({ where: z.string(), message: z.string() }))
      .optional()
      .describe('Every single thing that is wrong, where there can be several'),
    requestId: z.string().describe("Names the request in the server's log"),
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
