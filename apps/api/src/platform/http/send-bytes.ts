import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '../blobs/blob-store';
import { DomainError } from '../errors/domain-error';

/** Bytes that never change under their tag. */
export interface ImmutableBytes {
  tag: string;
  contentType: string;
  bytes: number;
  fileName?: string;
  open(range?: ByteRange): Promise<Readable>;
}

/** Streams immutable bytes; knows If-None-Match and single byte ranges. */
export async function sendBytes(
  request: Request,
  response: Response,
  content: ImmutableBytes,
): Promise<void> {
  const tag = `"${content.tag}"`;
  response.set({
    ETag: tag,
    // The address may lead to other bytes one day; asking costs a 304.
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
  // A client that goes away in the middle is not our error.
  await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function requestedRange(request: Request, bytes: number, tag: string): ByteRange | undefined {
  const condition = request.get('If-Range');
  if (condition && condition !== tag) return undefined;
  const ranges = request.range(bytes);
  if (ranges === -1) {
    throw new DomainError('RANGE_NOT_SATISFIABLE', `There are ${bytes} bytes.`);
  }
  // Several ranges, or none that can be read: the whole is a right answer to both.
  if (ranges === undefined || ranges === -2 || ranges.length !== 1) return undefined;
  return ranges[0];
}
