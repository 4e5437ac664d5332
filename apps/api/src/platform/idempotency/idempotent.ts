import {
  applyDecorators,
  CallHandler,
  ExecutionContext,
  Injectable,
  NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { firstValueFrom, from, Observable } from 'rxjs';
import { z } from 'zod';
import { callerOf } from '../auth/caller';
import { parseOrFail } from '../errors/invalid-request';
import { ApiFailures } from '../http/answers';
import { IdempotencyKeys } from './idempotency-keys';

const header = 'Idempotency-Key';
const longestKey = 255;

const keySchema = z
  .string()
  .regex(
    /^[\x21-\x7e]+$/,
    'must be printable ASCII characters without spaces; a UUID is a good choice',
  )
  .max(longestKey);

@Injectable()
class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const given = request.get(header);
    if (given === undefined) return next.handle();
    return from(this.answer(given, request, http.getResponse<Response>(), next));
  }

  private async answer(
    given: string,
    request: Request,
    response: Response,
    next: CallHandler,
  ): Promise<unknown> {
    const repeatable = {
      keyId: callerOf(request)!.key.id,
      key: parseOrFail(keySchema, given, `header.${header}`),
      route: `${request.method} ${request.originalUrl}`,
    };
    const outcome = await this.keys.run(
      repeatable,
      () => response.statusCode,
      () => {
        // Forms are read and identified by the code that knows their fields.
        if (request.body !== undefined || !request.is('multipart/form-data')) {
          this.keys.identify(request.body ?? null);
        }
        return firstValueFrom(next.handle());
      },
    );
    if ('made' in outcome) return outcome.made;
    response.status(outcome.recorded.status);
    return outcome.recorded.answer;
  }
}

/** Marks a route that creates something: with an Idempotency-Key it does so once, however often the request is sent. */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: header,
      required: false,
      description:
        'Identifies the request, so that it can be repeated if its answer was lost: for 24 hours, the same request with the ' +
        'same key gets the first answer and creates nothing. Use a new UUID for each new request. Refusals are not kept.',
      schema: { type: 'string', minLength: 1, maxLength: longestKey },
    }),
    ApiFailures('IDEMPOTENCY_KEY_IN_USE', 'IDEMPOTENCY_KEY_REUSED'),
  );
}
