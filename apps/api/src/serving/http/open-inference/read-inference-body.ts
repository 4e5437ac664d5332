import type { Request } from 'express';
import { DomainError } from '../../../platform/errors/domain-error';
import type { HeldBody } from '../../../platform/http/body-memory';
import { readBody } from '../../../platform/http/collect';
import { jsonLengthHeader, splitBody, type SplitBody } from './binary-data';

/**
 * The body whatever its Content-Type: the protocol's clients send several.
 * @param limit in bytes
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, TOO_LARGE, QUEUE_FULL, INVALID_REQUEST
 */
export async function readInferenceBody(
  request: Request,
  limit: number,
  held: HeldBody,
): Promise<SplitBody> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without Content-Encoding.');
  }
  const body = await readBody(request, { limit, what: 'The body', held });
  return splitBody(body, request.get(jsonLengthHeader));
}
