import { NextRequest, NextResponse } from 'next/server';
import { problem } from '@/server/problem';
import { isCrossOrigin } from '@/server/same-origin';
import { dropSession, sessionOf, setSession } from '@/server/session-cookie';
import { apiUrl, trustsProxy } from '@/server/settings';

export const dynamic = 'force-dynamic';

interface NewSession {
  token: string;
  proof: string;
}

/** Answers whether this browser has a session; never reveals its token. */
export function GET(request: NextRequest) {
  return Response.json({ loggedIn: sessionOf(request) !== undefined });
}

/** Opens a session with a key, or with a login link's token: the token goes into the cookie, the proof to the page. */
export async function POST(request: NextRequest) {
  if (isCrossOrigin(request.method, request.headers)) return refuse();
  const key = await readKey(request);
  if (!key)
    return problem(422, 'INVALID_REQUEST', 'Paste a key, or open the link that was printed.');
  const answer = await callApi(request, 'POST', '/api/v1/sessions', key);
  if (!answer) return unreachable();
  if (answer.status === 401) return problem(401, 'UNAUTHORIZED', rejection(key));
  // Passes on the API's own message, for instance about too many attempts or an unavailable database.
  if (!answer.ok) return passOn(answer);
  const { token, proof } = (await answer.json()) as NewSession;
  const response = NextResponse.json({ proof });
  setSession(response, request, token);
  return response;
}

/** Ends the session in the API, then in the browser. */
export async function DELETE(request: NextRequest) {
  if (isCrossOrigin(request.method, request.headers)) return refuse();
  const token = sessionOf(request);
  const answer = token && (await callApi(request, 'DELETE', '/api/v1/sessions/current', token));
  if (token && !answer) return unreachable();
  // A session that has already ended is fine too.
  if (answer && answer.status >= 500) return passOn(answer);
  const response = new NextResponse(null, { status: 204 });
  dropSession(response);
  return response;
}

function refuse() {
  return problem(
    403,
    'CROSS_ORIGIN',
    'Logging in and out is only possible on the console’s own pages.',
  );
}

function unreachable() {
  return problem(502, 'API_UNREACHABLE', 'The API does not answer. Is it running?');
}

function rejection(key: string): string {
  return key.startsWith('cl_')
    ? 'This link is no longer valid. Paste a key, or restart Coatrack for a new link.'
    : 'This key isn’t valid.';
}

function passOn(answer: Response): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  const retryAfter = answer.headers.get('retry-after');
  if (retryAfter) headers.set('retry-after', retryAfter);
  return new Response(answer.body, { status: answer.status, headers });
}

async function readKey(request: NextRequest): Promise<string | undefined> {
  const body: unknown = await request.json().catch(() => null);
  if (typeof body !== 'object' || body === null || !('key' in body)) return undefined;
  const key = typeof body.key === 'string' ? body.key.trim() : '';
  // Printable ASCII without blanks: anything else could not travel in a header.
  return /^[!-~]{1,512}$/.test(key) ? key : undefined;
}

async function callApi(request: NextRequest, method: string, path: string, bearer: string) {
  const headers = new Headers({ authorization: `Bearer ${bearer}` });
  for (const name of ['user-agent', ...(trustsProxy() ? ['x-forwarded-for'] : [])]) {
    const value = request.headers.get(name);
    if (value) headers.set(name, value);
  }
  try {
    return await fetch(new URL(path, apiUrl()), { method, headers, cache: 'no-store' });
  } catch {
    return undefined;
  }
}
