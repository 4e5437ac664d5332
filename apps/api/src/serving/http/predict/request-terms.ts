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

/** Documents the headers that `termsOf` reads. */
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
 * Returns the request's deadline, its priority, and a signal that aborts when the client disconnects.
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

/** Returns a signal that aborts if the connection closes before the answer is sent. */
function signalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
