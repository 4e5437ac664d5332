import type { RemoteAnswer } from './remote-client';

/** Of an answer 206: where its bytes begin, and how many the whole file has. */
export function contentRange(headers: Headers): { start: number; total: number } | undefined {
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  return total === undefined ? undefined : { start: Number(start), total: Number(total) };
}

/** Size and strong ETag of the file that an answer is about; undefined where it doesn't tell its size. */
export function probe({
  status,
  headers,
}: Pick<RemoteAnswer, 'status' | 'headers'>): { bytes: number; etag?: string } | undefined {
  const bytes = status === 206 ? contentRange(headers)?.total : lengthOf(headers);
  if (bytes === undefined) return undefined;
  const etag = headers.get('ETag');
  return etag && !etag.startsWith('W/') ? { bytes, etag } : { bytes };
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('Content-Length');
  return length && /^\d+$/.test(length) ? Number(length) : undefined;
}
