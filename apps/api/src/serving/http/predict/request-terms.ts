import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { parseOrFail } from '../../../platform/errors/invalid-request';
import { priorities } from '../../batching/batch-queue';
import type { EngineSlotOptions } from '../../batching/engine-slot';

const timeoutHeader = 'X-Request-Timeout-Ms';
const priorityHeader = 'X-Request-Priority';

const termsSchema = z.object({
  [timeoutHeader]: z.coerce.number().int().min(1).max(3_600_000).optional(),
  [priorityHeader]: z.enum(priorities).optional(),
});

/** Names the headers that `termsOf` reads in the documentation. */
export function ApiTerms(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: timeoutHeader,
      required: false,
      schema: { type: 'integer', minimum: 1 },
      description: 'Give up after this many milliseconds',
    }),
    ApiHeader({
      name: priorityHeader,
      required: false,
      schema: { type: 'string', enum: [...priorities], default: 'normal' },
      description: 'Urgent images run first',
    }),
  );
}

/**
 * How long a request may take, how urgent it is, and a signal that its client is gone.
 * @throws DomainError INVALID_REQUEST
 */
export function termsOf(request: Request, response: Response): EngineSlotOptions {
  const given = {
    [timeoutHeader]: request.get(timeoutHeader),
    [priorityHeader]: request.get(priorityHeader),
  };
  const terms = parseOrFail(termsSchema, given, 'header');
  const timeout = terms[timeoutHeader];
  return {
    signal: signalOf(response),
    deadline: timeout === undefined ? undefined : performance.now() + timeout,
    priority: terms[priorityHeader],
  };
}

/** Aborted when the connection is closed before the answer is sent. */
function signalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
