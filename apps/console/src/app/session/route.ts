import { cookies } from 'next/headers';
import { NextRequest } from 'next/server';
import { problem } from '@/server/problem';
import { isCrossOrigin } from '@/server/same-origin';
import { sessionCookie, sessionCookieOptions } from '@/server/session-cookie';
import { apiUrl } from '@/server/settings';

export const dynamic = 'force-dynamic';

/** Whether this browser holds a key; the key itself is never told. */
export async function GET() {
  return Response.json({ loggedIn: (await cookies()).has(sessionCookie) });
}

/** Checks a key against the API and keeps it in the cookie. */
export async function POST(request: NextRequest) {
  if (isCrossOrigin(request.method, request.headers)) return refuse();
  const key = await readKey(request);
  if (!key) return problem(422, 'INVALID_REQUEST', 'Paste the key that `npm start` printed.');
  const status = await probe(key);
  if (status === 401) return problem(401, 'UNAUTHORIZED', 'The API does not know this key.');
  if (status !== 200)
    return problem(502, 'API_UNREACHABLE', 'The API does not answer. Is it running?');
  const secure =
    request.nextUrl.protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https';
  (await cookies()).set(sessionCookie, key, sessionCookieOptions(secure));
  return new Response(null, { status: 204 });
}

export async function DELETE(request: NextRequest) {
  if (isCrossOrigin(request.method, request.headers)) return refuse();
  (await cookies()).delete(sessionCookie);
  return new Response(null, { status: 204 });
}

function refuse() {
  return problem(403, 'CROSS_ORIGIN', 'Log in and out on the console’s own pages only.');
}

async function readKey(request: NextRequest): Promise<string | undefined> {
  const body: unknown = await request.json().catch(() => null);
  if (typeof body !== 'object' || body === null || !('key' in body)) return undefined;
  const key = typeof body.key === 'string' ? body.key.trim() : '';
  // Printable ASCII without blanks: anything else could not travel in a header.
  return /^[!-~]{1,512}$/.test(key) ? key : undefined;
}

async function probe(key: string): Promise<number> {
  try {
    const answer = await fetch(new URL('/api/v1/architectures', apiUrl()), {
      headers: { authorization: `Bearer ${key}` },
      cache: 'no-store',
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
