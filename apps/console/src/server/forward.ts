import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { NextRequest } from 'next/server';
import { problem } from './problem';
import { isCrossOrigin } from './same-origin';
import { sessionOf } from './session-cookie';
import { apiUrl, trustsProxy } from './settings';

const requestHeaders = [
  'accept',
  'content-type',
  'content-length',
  'last-event-id',
  'if-none-match',
  'range',
  'user-agent',
  'x-coatrack-proof',
  'x-request-id',
];
const responseHeaders = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'cache-control',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'x-request-id',
];
const withoutBody = new Set([204, 304]);

/**
 * Forwards a browser's request to the API with the session from the cookie, streaming both ways.
 * Uses node:http because fetch gives up on an answer after five minutes, which a large upload can need.
 */
export async function forward(request: NextRequest, extraHeaders: Record<string, string> = {}) {
  if (isCrossOrigin(request.method, request.headers)) {
    return problem(403, 'CROSS_ORIGIN', 'Changes are only accepted from the console’s own pages.');
  }
  const token = sessionOf(request);
  if (!token) return problem(401, 'UNAUTHORIZED', 'Not logged in: open the console’s login page.');
  try {
    const answer = await send(request, token);
    const headers = pick(responseHeaders, (name) => header(answer, name));
    if (answer.headers['content-type']?.startsWith('text/event-stream')) {
      // Without no-transform, compression by a proxy in front would hold back events.
      headers['cache-control'] = 'no-cache, no-transform';
    }
    const status = answer.statusCode ?? 502;
    const body = withoutBody.has(status) ? null : (Readable.toWeb(answer) as ReadableStream);
    if (body === null) answer.resume();
    return new Response(body, { status, headers: { ...headers, ...extraHeaders } });
  } catch {
    return problem(502, 'API_UNREACHABLE', 'The API does not answer. Is it running?');
  }
}

function send(request: NextRequest, token: string): Promise<IncomingMessage> {
  const { pathname, search } = request.nextUrl;
  const target = new URL(apiUrl());
  target.pathname = pathname;
  target.search = search;
  return new Promise((resolve, reject) => {
    const open = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const upstream = open(target, {
      method: request.method,
      headers: {
        ...pick(requestHeaders, (name) => request.headers.get(name)),
        ...(trustsProxy() ? pick(['x-forwarded-for'], (name) => request.headers.get(name)) : {}),
        authorization: `Bearer ${token}`,
        'accept-encoding': 'identity',
      },
      signal: request.signal,
    });
    upstream.on('response', resolve);
    upstream.on('error', reject);
    if (request.body === null) upstream.end();
    // An API that refuses an upload answers before the body ends; the answer counts, not this error.
    else pipeline(Readable.fromWeb(request.body as NodeReadableStream), upstream).catch(reject);
  });
}

function header(answer: IncomingMessage, name: string): string | null {
  const value = answer.headers[name];
  return value === undefined ? null : String(value);
}

function pick(names: string[], read: (name: string) => string | null): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = read(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}
