import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DomainError } from '../errors/domain-error';
import { invalidRequest } from '../errors/invalid-request';
import type { HeldBody } from './body-memory';

/** Bytes copied per turn of the event loop. */
const copiedAtOnce = 8 * 1024 ** 2;

interface CollectOptions {
  /** In bytes. */
  limit: number;
  /** Name of the content, for errors. */
  what: string;
  /** Counts the bytes among the bodies in memory. */
  held?: HeldBody;
}

/**
 * Reads a whole body into memory.
 * @throws DomainError TOO_LARGE, QUEUE_FULL, INVALID_REQUEST when it ends early
 */
export async function readBody(request: Request, options: CollectOptions): Promise<Buffer> {
  const { what, limit } = options;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(what, limit);
  return collect(request, options);
}

/** Like `readBody`, for any stream. Bytes beyond the limit are discarded, so that the answer reaches the client. */
export async function collect(
  stream: Readable,
  { limit, what, held }: CollectOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let refusal: Error | undefined;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      refusal = bytes > limit ? tooLarge(what, limit) : refusalOf(held, (chunk as Buffer).length);
      if (refusal) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    throw brokeOff(what);
  }
  if (refusal) {
    stream.resume();
    throw refusal;
  }
  return joined(chunks, bytes);
}

function refusalOf(held: HeldBody | undefined, bytes: number): Error | undefined {
  try {
    held?.add(bytes);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Joins the chunks piece by piece, so that other requests are answered in between. */
async function joined(chunks: readonly Buffer[], bytes: number): Promise<Buffer> {
  if (bytes <= copiedAtOnce) return Buffer.concat(chunks, bytes);
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  let turn = copiedAtOnce;
  for (const chunk of chunks) {
    if (at > turn) {
      await nextTurn();
      turn = at + copiedAtOnce;
    }
    at += chunk.copy(body, at);
  }
  return body;
}

function brokeOff(what: string): DomainError {
  return invalidRequest([{ where: 'body', message: `${what} ended early` }]);
}

export function tooLarge(what: string, limit: number): DomainError {
  return new DomainError('TOO_LARGE', `${what} is larger than ${limit} bytes.`);
}
