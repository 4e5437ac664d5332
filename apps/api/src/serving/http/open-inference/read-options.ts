import type { Request } from 'express';
import type { z } from 'zod';
import { parseOrFail } from '../../../platform/errors/invalid-request';
import { readBody } from '../../../platform/http/collect';
import { parseJson } from '../../../platform/http/parse-json';

const maxBytes = 64 * 1024;

/**
 * A small JSON body; none is an empty object.
 * @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE
 */
export async function readOptions<T extends z.ZodType>(
  request: Request,
  schema: T,
): Promise<z.output<T>> {
  const body = await readBody(request, { limit: maxBytes, what: 'The body' });
  const limits = { nestings: maxBytes, values: maxBytes };
  return parseOrFail(schema, body.length > 0 ? parseJson(body, limits) : {});
}
