import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { DomainError } from '../errors/domain-error';
import { invalidRequest } from '../errors/invalid-request';

/**
 * A whole body in memory.
 * @param limit in bytes
 * @param what it is, for errors
 * @throws DomainError TOO_LARGE, INVALID_REQUEST when it breaks off
 */
export async function readBody(request: Request, limit: number, what: string): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(what, limit);
  return collect(request, limit, what);
}

/** As `readBody`, of any stream; what comes beyond the limit is thrown away, so that the answer reaches the client. */
export async function collect(stream: Readable, limit: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > limit) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    throw brokeOff(what);
  }
  if (bytes > limit) {
    stream.resume();
    throw tooLarge(what, limit);
  }
  return Buffer.concat(chunks, bytes);
}

export function brokeOff(what: string): DomainError {
  return invalidRequest([{ where: 'body', message: `${what} broke off before its end` }]);
}

export function tooLarge(what: string, limit: number): DomainError {
  return new DomainError('TOO_LARGE', `${what} has more than ${limit} bytes.`);
}
