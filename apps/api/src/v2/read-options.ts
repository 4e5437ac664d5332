import type { Request } from 'express';
import type { z } from 'zod';
import { invalidRequest, problemsOf } from '../errors/invalid-request';
import { readBody } from '../http/collect';
import { parseJson } from '../http/parse-json';

const maxBytes = 64 * 1024;

/**
 * A small JSON body; none is an empty object.
 * @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE
 */
export async function readOptions<T extends z.ZodType>(
  request: Request,
  schema: T,
): Promise<z.output<T>> {
  const body = await readBody(request, maxBytes, 'The body');
  const parsed = schema.safeParse(
    body.length > 0 ? parseJson(body, { nestings: maxBytes, values: maxBytes }) : {},
  );
  if (!parsed.success) throw invalidRequest(problemsOf(parsed.error));
  return parsed.data;
}
