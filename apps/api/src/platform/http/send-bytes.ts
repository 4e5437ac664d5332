import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '../blobs/blob-store';
import { DomainError } from '../errors/domain-error';

/** Bytes that never change under their ETag. */
export interface ImmutableBytes {
  tag: string;
  contentType: string;
  bytes: number;
  fileName?: string;
  open(range?: ByteRange): Promise<Readable>;
}

/** Streams immutable bytes; supports If-None-Match and single byte ranges. */
export async function sendBytes(
  request: Request,
  response: Response,
  content: ImmutableBytes,
): Promise<void> {
  const tag = `"${content.tag}"`;
  response.set({
    ETag: tag,
    // The URL may lead to other bytes later; revalidating costs a 304.
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const range = requestedRange(request, content.bytes, tag);
  response.set({
    'Content-Type': content.contentType,
    'Content-Length': String(range ? range.end - range.start + 1 : content.bytes),
  });
  if (content.fileName) response.attachment(content.fileName).type(content.contentType);
  if (range) {
    response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${content.bytes}`);
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const body = await content.open(range);
  // A client that disconnects midway is not our error.
  await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function requestedRange(request: Request, bytes: number, tag: string): ByteRange | undefined {
  const condition = request.get('If-Range');
  if (condition && condition !== tag) return undefined;
  const ranges = request.range(bytes);
  if (ranges === -1) {
    throw new DomainError('RANGE_NOT_SATISFIABLE', `The content has ${bytes} bytes.`);
  }
  // Several or malformed ranges: the whole content is a correct answer to both.
  if (ranges === undefined || ranges === -2 || ranges.length !== 1) return undefined;
  return ranges[0];
}
